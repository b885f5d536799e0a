import { fail } from '../../errors/index.ts';
import type { Decoded } from '../../signature/index.ts';
import { rowsOf, sizeOf, tensor, type Tensor, type TensorData } from '../../tensor/index.ts';
import type { Servable } from '../protocol.ts';

/** Rows per run: large enough for the executors, small enough that other requests get their turn in between. */
export const BLOCK_ROWS = 2048;

export type Tensors = Readonly<Record<string, Tensor>>;

/** Runs all rows, in blocks where rows are known to be independent of each other, and gives whole outputs. */
export function runRows(
  model: Servable,
  { tensors, count }: Pick<Decoded, 'tensors' | 'count'>,
  signal: AbortSignal,
): Promise<Tensors> {
  // Only rows of cells are known to be independent; a graph of tensors runs in one piece, or row by row.
  const size = model.signature.oneByOne ? 1 : model.rows.layout ? BLOCK_ROWS : Infinity;
  if (count <= size) return model.infer(tensors, count, signal);
  return runBlocks(model, tensors, count, size, signal);
}

async function runBlocks(
  model: Servable,
  tensors: Tensors,
  count: number,
  size: number,
  signal: AbortSignal,
): Promise<Tensors> {
  const blocks: Tensors[] = [];
  for (let start = 0; start < count; start += size) {
    const end = Math.min(count, start + size);
    blocks.push(await model.infer(rowsOfEach(tensors, start, end), end - start, signal));
  }
  return joinRows(blocks);
}

/** Rows start..end of every tensor. */
export function rowsOfEach(tensors: Tensors, start: number, end: number): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, one]) => [name, rowsOf(one, start, end)]));
}

/** Blocks of rows under each other, of every tensor. */
export function joinRows(blocks: readonly Tensors[]): Tensors {
  const [first = {}, ...others] = blocks;
  if (others.length === 0) return first;
  const names = Object.keys(first);
  return Object.fromEntries(names.map((name) => [name, joined(blocks.map((block) => block[name] as Tensor))]));
}

/** Puts blocks of rows under each other. */
function joined(blocks: readonly Tensor[]): Tensor {
  const [first] = blocks as readonly [Tensor, ...Tensor[]];
  const dims = first.shape.slice(1).join();
  if (blocks.some(({ shape }) => shape.slice(1).join() !== dims))
    throw fail(
      'INVALID_INPUT',
      { problem: 'the answers to these rows have different shapes, which this wire cannot send together' },
      { hint: 'Send one row at a time, or use POST /predict.' },
    );
  const shape = [blocks.reduce((sum, block) => sum + (block.shape[0] ?? 0), 0), ...first.shape.slice(1)];
  if (first.dtype === 'string')
    return tensor(
      'string',
      shape,
      blocks.flatMap(({ data }) => data as readonly string[]),
    );
  const Data = first.data.constructor as new (size: number) => Exclude<TensorData, readonly string[]>;
  const data = new Data(sizeOf(shape)) as Float64Array;
  let at = 0;
  for (const block of blocks) {
    data.set(block.data as Float64Array, at);
    at += block.data.length;
  }
  return tensor(first.dtype, shape, data);
}
