import { SlipwayError } from '@slipway/core/errors';
import type { OnnxModel } from '@slipway/core/onnx';
import { sizeOf, type Tensor } from '@slipway/core/tensor';
import type { LoadedModel, LoadOptions, Runtime } from './runtime.ts';

/** The executors of one model: the best for single rows, and the best for batches (often the same). */
export interface Chosen extends AsyncDisposable {
  /** undefined: no executor that takes the graph has a form for single rows. */
  readonly row: LoadedModel | undefined;
  readonly batch: LoadedModel;
  /** Microseconds a row that were measured, by runtime; empty where there was nothing to choose. */
  readonly measured: Readonly<Record<string, { readonly row: number; readonly batch: number }>>;
}

export interface ChooseOptions extends LoadOptions {
  /** Only this executor. */
  readonly force?: 'compiled' | 'onnx' | undefined;
  /** Rows to measure with, as the graph's inputs: more of them make the figure for batches better. */
  readonly example?: Readonly<Record<string, Tensor>> | undefined;
  /** Time for measuring, all in all. */
  readonly budgetMs?: number | undefined;
}

/**
 * Loads a graph into the executor that answers it fastest.
 *
 * Compiled code takes no time to call, so it answers single rows wherever it takes the graph. For batches both are
 * measured, if there is an example and the graph multiplies matrices that are large: native kernels win there only.
 */
export async function choose(
  model: OnnxModel,
  runtimes: { readonly compiled: () => Promise<Runtime>; readonly onnx: () => Promise<Runtime> },
  options: ChooseOptions = {},
): Promise<Chosen> {
  const { force, example, budgetMs = 30 } = options;
  if (force) {
    const only = await (await runtimes[force]()).load(model, options);
    return chosen(only, only);
  }
  const compiled = await accepted(await runtimes.compiled(), model, options);
  if (!compiled) {
    const onnx = await (await runtimes.onnx()).load(model, options);
    return chosen(onnx, onnx);
  }
  if (!example || multiplications(model) < nativeFrom) return chosen(compiled, compiled);
  const onnx = await accepted(await runtimes.onnx(), model, options);
  if (!onnx) return chosen(compiled, compiled);
  const measured = await compare(compiled, onnx, example, budgetMs);
  const row = compiled.row && measured.compiled.row <= measured.onnx.row ? compiled : onnx;
  const batch = measured.compiled.batch <= measured.onnx.batch ? compiled : onnx;
  for (const unused of [compiled, onnx]) if (unused !== row && unused !== batch) await unused[Symbol.asyncDispose]();
  return chosen(row, batch, measured);
}

/** Multiplications a row from which native matrix kernels can be worth their call. */
const nativeFrom = 1_000;
/** Most further time that compiled code gets to become as fast as native code. */
const warmUpMs = 150;
/** Calls of each at least: the first one is slow. */
const fewestRounds = 2;

function multiplications({ graph }: OnnxModel): number {
  return graph.nodes.reduce((sum, { op, inputs }) => {
    if (op !== 'MatMul' && op !== 'Gemm') return sum;
    const weights = graph.initializers.get(inputs[1] ?? '');
    return sum + (weights ? sizeOf(weights.shape) : nativeFrom);
  }, 0);
}

/** undefined: the graph is beyond the runtime, or the runtime is not installed. Other errors are the graph's own. */
async function accepted(runtime: Runtime, model: OnnxModel, options: LoadOptions): Promise<LoadedModel | undefined> {
  try {
    return await runtime.load(model, options);
  } catch (error) {
    const code = error instanceof SlipwayError ? error.code : undefined;
    if (code === 'UNSUPPORTED_OPERATOR' || code === 'RUNTIME_UNAVAILABLE') return undefined;
    throw error;
  }
}

/** Microseconds a row of both executors, for one row and for the example. */
async function compare(
  compiled: LoadedModel,
  onnx: LoadedModel,
  example: Readonly<Record<string, Tensor>>,
  budgetMs: number,
): Promise<{ compiled: { row: number; batch: number }; onnx: { row: number; batch: number } }> {
  const first = compiled.inputs[0];
  const rows = Math.max(1, (first && example[first.name]?.shape[0]) ?? 1);
  const one = Object.fromEntries(Object.entries(example).map(([name, tensor]) => [name, firstRow(tensor)]));
  const oneRow = (model: LoadedModel) => () => (model.row ? model.row.run() : model.infer(one));
  const [ownRow, onnxRow] = await race(oneRow(compiled), oneRow(onnx), budgetMs / 2);
  const [ownBatch, onnxBatch] = await race(
    () => compiled.infer(example),
    () => onnx.infer(example),
    budgetMs / 2,
  );
  return {
    compiled: { row: ownRow, batch: ownBatch / rows },
    onnx: { row: onnxRow, batch: onnxBatch / rows },
  };
}

/**
 * Microseconds of the fastest call of each, called in turn: a busy moment of the machine meets both. While compiled code
 * is behind it gets further time, in which it is called more often: engines compile what runs long.
 */
async function race(own: () => unknown, other: () => unknown, budgetMs: number): Promise<[number, number]> {
  const began = performance.now();
  let [ownBest, otherBest] = [Infinity, Infinity];
  for (let round = 0; ; round++) {
    const spent = performance.now() - began;
    const isBehind = ownBest > otherBest;
    if (round >= fewestRounds && spent >= (isBehind ? budgetMs + warmUpMs : budgetMs)) return [ownBest, otherBest];
    ownBest = Math.min(ownBest, await timeOf(own));
    if (spent < budgetMs || round % 4 === 0) otherBest = Math.min(otherBest, await timeOf(other));
  }
}

async function timeOf(call: () => unknown): Promise<number> {
  const start = performance.now();
  const answer = call();
  if (answer instanceof Promise) await answer;
  return (performance.now() - start) * 1000;
}

function firstRow({ dtype, shape, data }: Tensor): Tensor {
  const width = sizeOf(shape.slice(1));
  return { dtype, shape: [1, ...shape.slice(1)], data: data.slice(0, width) };
}

function chosen(row: LoadedModel, batch: LoadedModel, measured: Chosen['measured'] = {}): Chosen {
  return {
    row: row.row ? row : undefined,
    batch,
    measured,
    async [Symbol.asyncDispose]() {
      for (const model of new Set([row, batch])) await model[Symbol.asyncDispose]();
    },
  };
}
