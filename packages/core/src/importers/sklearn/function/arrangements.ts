import { ops, type Value } from '../../../ir/index.ts';
import { asNumber, numbersOf } from '../fitted.ts';
import type { Call } from './arguments.ts';

/** What a function makes of the columns; undefined where its arguments have no formula. */
export type Formula = (x: Value, call: Call) => Value | undefined;

/** Columns in another choice or order, by `axis=1`. */
const rearranged = (choose: (width: number, call: Call) => readonly number[] | undefined): Formula => {
  return (x, call) => {
    const axis = asNumber(call.keyword('axis'));
    const columns = axis === 1 || axis === -1 ? choose(x.width, call) : undefined;
    return columns?.length && columns.every((at) => Number.isInteger(at) && at >= 0 && at < x.width)
      ? ops.select(x, columns)
      : undefined;
  };
};

const everyColumn = (width: number): number[] => Array.from({ length: width }, (_, at) => at);

/** Positions in a keyword, those from the end too. */
function positionsIn(call: Call, name: string, width: number): number[] | undefined {
  const given = numbersOf(call.keyword(name))?.data;
  return given && Array.from(given, (at) => (at < 0 ? at + width : at));
}

const left = rearranged((width, call) => {
  const gone = positionsIn(call, 'obj', width);
  return gone && everyColumn(width).filter((at) => !gone.includes(at));
});
const taken = rearranged((width, call) => positionsIn(call, 'indices', width));
const flipped = rearranged((width) => everyColumn(width).toReversed());

/** Each column minus the one before; `axis=-1` is the default. */
const difference: Formula = (x, call) => {
  const axis = asNumber(call.keyword('axis')) ?? -1;
  if ((axis !== 1 && axis !== -1) || (call.number('n') ?? 1) !== 1 || x.width < 2) return undefined;
  const all = everyColumn(x.width);
  return ops.subtract(ops.select(x, all.slice(1)), ops.select(x, all.slice(0, -1)));
};

/** A column of one is one again; other shapes are no table. */
const reshape: Formula = (x, call) => {
  const shape = numbersOf(call.keyword('newshape', 'shape'))?.data;
  return x.width === 1 && shape?.length === 2 && shape[0] === -1 && shape[1] === 1 ? x : undefined;
};

/** Functions that choose, turn or run along the columns of a row. */
export const arrangements: Readonly<Record<string, Formula>> = {
  delete: left,
  diff: difference,
  flip: flipped,
  fliplr: (x) => ops.select(x, everyColumn(x.width).toReversed()),
  reshape,
  take: taken,
};
