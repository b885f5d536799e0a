import { topological, type Model } from '../ir/index.ts';
import type { Tolerance } from '../package/index.ts';
import { isClose } from '../package/index.ts';
import { evaluate } from './reference.ts';
import type { Cells } from './cells.ts';

/** Operations in which a last bit may become a large step: periodic ones, and those that jump. */
const steep: ReadonlySet<string> = new Set('cosine sine tangent forest eachTree nearest donors'.split(' '));

/** Operations that answer differently on both sides of a number. */
const jumps: ReadonlySet<string> = new Set(
  'forest eachTree codes less lessOrEqual greater greaterOrEqual equal floor ceiling round sign nearest donors'.split(
    ' ',
  ),
);

/**
 * Whether rounding decides a row's answer: a result that executors may round differently goes into a step that makes
 * much of it (a cosine of a large projection, a tree behind a matrix product), and the reference itself answers
 * differently when the row's numbers move by some last bits. Such a row proves nothing.
 *
 * `exactOperations` are those whose result does not depend on who computes it: where only they come before a
 * threshold, nothing is excused.
 */
export function unstableRows(
  model: Model,
  exactOperations: ReadonlySet<string>,
  tolerance: Tolerance,
): (cells: Cells, output: string) => boolean {
  if (!mayTremble(model, exactOperations)) return () => false;
  const trembles = (cells: Cells, output: string): boolean => {
    const { data = [] } = evaluate(model, [cells, ...moves.map((move) => cells.map(move))])[output] ?? {};
    const width = data.length / (moves.length + 1);
    return Array.from(data as ArrayLike<unknown>).some((cell, i, all) => !isSame(cell, all[i % width], tolerance));
  };
  // Asked for each number that differs, answered for the row.
  const known = new Map<string, WeakMap<Cells, boolean>>();
  return (cells, output) => {
    const rows = known.get(output) ?? new WeakMap<Cells, boolean>();
    known.set(output, rows);
    const found = rows.get(cells) ?? trembles(cells, output);
    rows.set(cells, found);
    return found;
  };
}

/** Last bits of each number up or down, in several patterns and sizes. */
const moves = Array.from({ length: 16 }, (_, pattern) => (cell: number | string, at: number): number | string => {
  const sign = (pattern >> (at % 3)) & 1 ? 1 : -1;
  return typeof cell === 'number' ? cell * (1 + sign * 2 ** (-49 + (pattern % 4) * 1.7)) : cell;
});

function isSame(got: unknown, expected: unknown, tolerance: Tolerance): boolean {
  return typeof got === 'number' && typeof expected === 'number' ? isClose(got, expected, tolerance) : got === expected;
}

/** Rounded results before a steep step; or nothing that jumps at a number as it came, so that all may be rounded. */
function mayTremble(model: Model, exactOperations: ReadonlySet<string>): boolean {
  const rounded = new Set<unknown>();
  let jumpsAtInput = false;
  for (const value of topological(model.outputs.map((output) => output.value))) {
    const isRounded = value.inputs.some((operand) => rounded.has(operand));
    if (isRounded && steep.has(value.op.id)) return true;
    if (!isRounded && jumps.has(value.op.id) && value.inputs.some(({ dtype }) => dtype !== 'string'))
      jumpsAtInput = true;
    if (isRounded || !exactOperations.has(value.op.id)) rounded.add(value);
  }
  return !jumpsAtInput;
}
