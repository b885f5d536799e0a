import type { Decoded } from '../../signature/index.ts';
import { joinRows, sliceRows, type Tensor } from '../../tensor/index.ts';
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
    blocks.push(await model.infer(sliceRows(tensors, start, end), end - start, signal));
  }
  return joinRows(blocks);
}
