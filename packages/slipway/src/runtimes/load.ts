import { SlipwayError } from '@slipway/core/errors';
import { readOnnx, type OnnxModel } from '@slipway/core/onnx';
import { preOf, type Package } from '@slipway/core/package';
import type { PreStep } from '@slipway/core/pre';
import { answerOutputs, compileRows, exampleRows, type Signature } from '@slipway/core/signature';
import type { Tensor } from '@slipway/core/tensor';
import { choose } from './choose.ts';
import type { LoadedModel, Runtime } from './runtime.ts';

/** The executor that a user wants; undefined leaves it to measurement. */
export type RuntimeChoice = 'compiled' | 'onnx' | undefined;

/** Each is loaded on first use. */
export const runtimes: Readonly<Record<'compiled' | 'onnx', () => Promise<Runtime>>> = {
  compiled: async () => (await import('./compiled/index.ts')).compiled,
  onnx: async () => (await import('./onnxruntime/index.ts')).onnxruntime,
};

/** Loads the graph of a package into the executor that is wanted, or into the first that takes it. */
export async function runtimeFor(pkg: Package, choice: RuntimeChoice): Promise<LoadedModel> {
  return (await loadRuntimes(readOnnx(pkg.graph), pkg.manifest.signature, choice, await stepsOf(pkg))).batch;
}

/** Steps before the graph, checked; undefined when the package has none. Few models have: what runs them is loaded for those. */
export async function stepsOf(pkg: Package): Promise<readonly PreStep[] | undefined> {
  const steps = preOf(pkg);
  return steps && (await import('@slipway/core/pre')).readPre(steps);
}

export interface Runtimes {
  /** For single rows, where it has a row form. */
  readonly row: LoadedModel | undefined;
  readonly batch: LoadedModel;
}

/** Loads a graph into the executors that answer it fastest: one for single rows, one for batches. */
export async function loadRuntimes(
  graph: OnnxModel,
  signature: Signature,
  choice: RuntimeChoice,
  pre: readonly PreStep[] | undefined,
): Promise<Runtimes> {
  const { row, batch } = await choose(graph, runtimes, {
    outputs: answerOutputs(signature),
    force: choice,
    example: pre ? undefined : exampleInputs(signature),
  });
  if (pre) return { row: undefined, batch: (await import('./pre.ts')).withPre(batch, pre) };
  return { row: row?.row ? row : undefined, batch };
}

const EXAMPLE_ROWS = 256;

/** Rows to measure with, which differ; undefined for signatures that say too little to make one. */
export function exampleInputs(
  signature: Signature,
  count = EXAMPLE_ROWS,
): Readonly<Record<string, Tensor>> | undefined {
  const rows = exampleRows(signature, count);
  if (rows === undefined) return undefined;
  try {
    return compileRows(signature).decode(rows).tensors;
  } catch (error) {
    if (error instanceof SlipwayError) return undefined;
    throw error;
  }
}
