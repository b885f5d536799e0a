import { SlipwayError } from '@slipway/core/errors';
import { readOnnx } from '@slipway/core/onnx';
import { answerOutputs } from '@slipway/core/signature';
import { sizeOf, sliceRows, type Tensor } from '@slipway/core/tensor';
import { runtimes } from '../../runtimes/load.ts';
import type { LoadedModel } from '../../runtimes/runtime.ts';
import { withPre } from '../../runtimes/pre.ts';
import type { Piece } from '../sources/index.ts';
import { Scorer } from './scorer.ts';
import type { ScoringSpec } from './spec.ts';

/** Rows to measure with. */
const SAMPLE_ROWS = 2048;
/** A try lasts so long, so that long code is compiled by the engine. */
const TRY_MS = 150;
/** Compiled code is taken unless the other is clearly faster: a tie should not be decided by chance. */
const CLEARLY = 0.8;
/** Below so many bytes of input, measuring takes longer than it saves. */
const WORTH_BYTES = 4 * 2 ** 20;

/** What was chosen, and microseconds a row where it was measured. */
export interface ChosenExecutor {
  readonly executor: 'compiled' | 'onnx';
  readonly measured: Readonly<Record<string, number>>;
}

/** Chooses the executor by measuring both with the first rows of the input, where both take the graph. */
export async function chooseExecutor(
  spec: Omit<ScoringSpec, 'executor'>,
  first: Piece | undefined,
  inputBytes: number,
): Promise<ChosenExecutor> {
  const compiled = await accepted(spec, 'compiled');
  if (!compiled) return { executor: 'onnx', measured: {} };
  await using _compiled = compiled;
  if (first === undefined || inputBytes < WORTH_BYTES) return { executor: 'compiled', measured: {} };
  const native = await accepted(spec, 'onnx');
  if (!native) return { executor: 'compiled', measured: {} };
  await using _native = native;
  const sample = await sampleOf({ ...spec, executor: 'compiled' }, first);
  if (!sample) return { executor: 'compiled', measured: {} };
  const measured = { compiled: await timeOf(compiled, sample), onnx: await timeOf(native, sample) };
  return { executor: measured.onnx < measured.compiled * CLEARLY ? 'onnx' : 'compiled', measured };
}

async function accepted(
  { graph, signature, pre }: Omit<ScoringSpec, 'executor'>,
  id: 'compiled' | 'onnx',
): Promise<LoadedModel | undefined> {
  try {
    const runtime = await runtimes[id]();
    return withPre(await runtime.load(readOnnx(graph), { outputs: answerOutputs(signature) }), pre);
  } catch (error) {
    const code = error instanceof SlipwayError ? error.code : undefined;
    if (code === 'UNSUPPORTED_OPERATOR' || code === 'RUNTIME_UNAVAILABLE') return undefined;
    throw error;
  }
}

/** A bad row ends the job or is put aside when its turn comes; here it only ends the measuring. */
async function sampleOf(spec: ScoringSpec, piece: Piece): Promise<Readonly<Record<string, Tensor>> | undefined> {
  await using scorer = await Scorer.open(spec);
  try {
    const tensors = await scorer.sample(piece);
    return tensors && sliceRows(tensors, 0, Math.min(SAMPLE_ROWS, rowsOf(tensors)));
  } catch (error) {
    if (error instanceof SlipwayError) return undefined;
    throw error;
  }
}

function rowsOf(tensors: Readonly<Record<string, Tensor>>): number {
  return Object.values(tensors)[0]?.shape[0] ?? 0;
}

/** Microseconds a row, at best. */
async function timeOf(model: LoadedModel, sample: Readonly<Record<string, Tensor>>): Promise<number> {
  const rows = Math.max(1, sizeOf([rowsOf(sample)]));
  const end = performance.now() + TRY_MS;
  let best = Infinity;
  do {
    const start = performance.now();
    await model.infer(sample);
    best = Math.min(best, performance.now() - start);
  } while (performance.now() < end);
  return Number(((best * 1000) / rows).toFixed(4));
}
