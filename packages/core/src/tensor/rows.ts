import { fail } from '../errors/index.ts';
import { rowsOf, type Tensor, type TensorData } from './tensor.ts';

type Tensors = Readonly<Record<string, Tensor>>;

/** Rows [start, end) of every tensor; the first axis is the batch. Numbers are views. */
export function sliceRows(tensors: Tensors, start: number, end: number): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, one]) => [name, rowsOf(one, start, end)]));
}

/** The tensors of consecutive chunks, put together again. INVALID_INPUT where rows have different shapes. */
export function joinRows(parts: readonly Tensors[]): Record<string, Tensor> {
  const [first, ...others] = parts;
  if (!first) return {};
  if (others.length === 0) return { ...first };
  return Object.fromEntries(
    Object.entries(first).map(([name, { dtype, shape }]): [string, Tensor] => {
      const chunks = parts.map((part) => part[name] as Tensor);
      const rows = chunks.reduce((sum, chunk) => sum + (chunk.shape[0] ?? 0), 0);
      const odd = chunks.find((chunk) => chunk.shape.slice(1).join() !== shape.slice(1).join());
      if (odd) throw ragged(name, shape, odd.shape);
      return [name, { dtype, shape: [rows, ...shape.slice(1)], data: joinData(chunks.map((chunk) => chunk.data)) }];
    }),
  );
}

function ragged(name: string, shape: readonly number[], other: readonly number[]) {
  return fail(
    'INVALID_INPUT',
    {
      problem: `"${name}" has the shape [${shape.slice(1).join(', ')}] for one row and [${other.slice(1).join(', ')}] for another`,
    },
    { hint: 'Send one row at a time, or send the rows to POST /predict, which answers each in its own shape.' },
  );
}

function joinData(chunks: readonly TensorData[]): TensorData {
  const [first] = chunks;
  if (Array.isArray(first)) return (chunks as readonly string[][]).flat();
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const all = Reflect.construct((first as Float64Array).constructor, [length]) as Float64Array;
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk as Float64Array, at);
    at += chunk.length;
  }
  return all;
}
