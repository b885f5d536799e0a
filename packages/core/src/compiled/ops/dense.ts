import { sizeOf, type Tensor } from '../../tensor/index.ts';
import type { NodeContext } from '../context.ts';
import { at, flatten, plus, print, zero, type Position } from '../position.ts';
import { arrayValue, constantValue, type Value } from '../value.ts';
import { rounded } from './element.ts';

/** Columns that are summed side by side: a sum need not wait for the one before it. */
const lanes = 4;

/**
 * Writes x·W for a large constant W. Each sum runs over the rows of W from the first to the last, in float64.
 * W is laid out in panels of four columns, so that the innermost loop reads one stream.
 */
export function densely(context: NodeContext, x: Value, weights: Tensor, shape: readonly number[]): Value {
  const { code } = context;
  const { dtype } = x;
  const [depth, columns] = weights.shape as [number, number];
  const panels = constantValue(code.program.derived(weights, 'panels', () => panelsOf(weights)));
  const out = code.program.array(dtype, sizeOf(shape));
  x.prepare(code);
  const leading = x.shape.slice(0, -1);
  code.each(leading, sizeOf(leading) === 1, (row) => {
    const panel = (j: Position, width: number) => {
      const sums = Array.from({ length: width }, () => code.variable('0'));
      code.repeat(
        depth,
        (k) => {
          const element = code.bind(x.at(code, [...row, k]));
          const start = plus(plus(zero, j, depth * lanes), k, lanes);
          sums.forEach((sum, c) => code.line(`${sum} += ${element} * ${panels.flat(code, plus(start, at(c)))};`));
        },
        false,
      );
      const target = plus(flatten([...leading, columns], [...row, zero]), j, lanes);
      sums.forEach((sum, c) => code.line(`${out}[${print(plus(target, at(c)))}] = ${rounded(dtype, sum, context)};`));
    };
    const full = Math.floor(columns / lanes);
    if (full > 0) code.repeat(full, (j) => panel(j, lanes), false);
    if (columns % lanes > 0) panel(at(full), columns % lanes);
  });
  return arrayValue(out, dtype, shape);
}

/** Four columns after four columns, each four row by row; columns that are missing are 0. */
function panelsOf({ dtype, shape, data }: Tensor): Tensor {
  const [rows, columns] = shape as [number, number];
  const count = Math.ceil(columns / lanes);
  const panels = new (data.constructor as Float64ArrayConstructor)(count * rows * lanes);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      panels[(Math.floor(j / lanes) * rows + i) * lanes + (j % lanes)] = (data as Float64Array)[
        i * columns + j
      ] as number;
    }
  }
  return { dtype, shape: [panels.length], data: panels };
}
