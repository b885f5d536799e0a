import type { Executor } from '@slipway/core/conversion';
import { SlipwayError } from '@slipway/core/errors';
import { readableSize } from '@slipway/core/formats/limits';
import type { OnnxModel } from '@slipway/core/onnx';
import type { PreStep } from '@slipway/core/pre';
import { compiled } from '../runtimes/compiled/index.ts';
import { onnxruntime } from '../runtimes/onnxruntime/index.ts';
import { withPre } from '../runtimes/pre.ts';
import type { LoadedModel, Runtime } from '../runtimes/runtime.ts';

/**
 * ONNX Runtime needs more than ten times the bytes of a graph to open it, so beyond this size it is asked only where nothing
 * else runs the graph. Whoever serves the package with it replays the goldens first, as always.
 */
const mostBytesForAll = 16 * 2 ** 20;

/** Loads the graph, which has so many bytes, into the executors of this machine. */
export async function loadExecutors(
  graph: OnnxModel,
  bytes: number,
  pre?: readonly PreStep[],
): Promise<Executor<LoadedModel>[]> {
  const first = await load(compiled, graph, pre);
  if ('model' in first && bytes > mostBytesForAll) {
    return [first, { id: onnxruntime.id, skipped: `the graph is large (${readableSize(bytes)})` }];
  }
  return [first, await load(onnxruntime, graph, pre)];
}

async function load(
  runtime: Runtime,
  graph: OnnxModel,
  pre: readonly PreStep[] | undefined,
): Promise<Executor<LoadedModel>> {
  try {
    return { id: runtime.id, model: withPre(await runtime.load(graph), pre) };
  } catch (error) {
    if (error instanceof SlipwayError) return { id: runtime.id, refused: error };
    throw error;
  }
}
