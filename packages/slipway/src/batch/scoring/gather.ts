import { sizeOf, type Tensor, type TensorData } from '@slipway/core/tensor';

/** Some rows of every tensor, by their numbers. */
export function gatherRows(tensors: Readonly<Record<string, Tensor>>, rows: readonly number[]): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { dtype, shape, data }]): [string, Tensor] => {
      const width = sizeOf(shape.slice(1));
      return [name, { dtype, shape: [rows.length, ...shape.slice(1)], data: gatherData(data, rows, width) }];
    }),
  );
}

function gatherData(data: TensorData, rows: readonly number[], width: number): TensorData {
  if (Array.isArray(data)) return rows.flatMap((row) => (data as string[]).slice(row * width, (row + 1) * width));
  const from = data as Float64Array;
  const to = Reflect.construct(from.constructor, [rows.length * width]) as Float64Array;
  rows.forEach((row, i) => to.set(from.subarray(row * width, (row + 1) * width), i * width));
  return to;
}

/** Some values, by their numbers. */
export function gather(values: ArrayLike<unknown>, rows: readonly number[]): unknown[] {
  return rows.map((row) => values[row]);
}
