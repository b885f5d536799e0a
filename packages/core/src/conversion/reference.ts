import { evaluator, type Model, type Row } from '../ir/index.ts';
import type { Tensor } from '../tensor/index.ts';
import type { Cells, Tensors } from './cells.ts';

/** What the plain evaluator answers to rows of cells: the reference that executors are held to. */
export function evaluate(model: Model, rows: readonly Cells[]): Tensors {
  const run = evaluator(model);
  const answers = rows.map((cells) => run(byPosition(model, cells)));
  const count = answers.length;
  const entries = model.outputs.map(({ name, value, flat }): [string, Tensor] => {
    const { dtype, width } = value;
    const shape = flat ? [count] : [count, width];
    const parts = answers.map((answer) => answer.get(name) as Row);
    if (dtype === 'string') return [name, { dtype, shape, data: parts.flatMap((part) => [...(part as string[])]) }];
    const numbers = parts.flatMap((part) => [...(part as Float64Array)]);
    if (dtype === 'int64') return [name, { dtype, shape, data: BigInt64Array.from(numbers, BigInt) }];
    const data =
      dtype === 'float32'
        ? Float32Array.from(numbers)
        : dtype === 'bool'
          ? Uint8Array.from(numbers)
          : Float64Array.from(numbers);
    return [name, { dtype, shape, data }];
  });
  return Object.fromEntries(entries);
}

/** The evaluator takes a cell for every column, also for those that the model does not use. */
function byPosition({ inputs }: Model, cells: Cells): Cells {
  const placed: (number | string)[] = [];
  inputs.forEach(({ params }, i) => (placed[params.position] = cells[i] ?? NaN));
  return placed;
}
