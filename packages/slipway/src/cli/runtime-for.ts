import { SlipwayError } from '@slipway/core/errors';
import { readOnnx, type OnnxModel } from '@slipway/core/onnx';
import { preOf, type Package } from '@slipway/core/package';
import { readPre, type PreStep } from '@slipway/core/pre';
import { answerOutputs, compileRows, exampleRow, type Signature } from '@slipway/core/signature';
import type { Tensor } from '@slipway/core/tensor';
import { choose } from '../runtimes/choose.ts';
import { withPre } from '../runtimes/pre.ts';
import type { LoadedModel, Runtime } from '../runtimes/runtime.ts';
import type { Flags } from './arguments.ts';
import type { Flag } from './command.ts';

export type RuntimeChoice = 'compiled' | 'onnx' | undefined;

export const runtimeFlag: Flag = {
  name: 'runtime',
  value: 'NAME',
  choices: ['compiled', 'onnx'],
  help: 'Executor (default: the faster one that takes the model).',
};

export function runtimeChoice(flags: Flags): RuntimeChoice {
  return flags.text('runtime') as RuntimeChoice;
}

const runtimes: Readonly<Record<'compiled' | 'onnx', () => Promise<Runtime>>> = {
  compiled: async () => (await import('../runtimes/compiled/index.ts')).compiled,
  onnx: async () => (await import('../runtimes/onnxruntime/index.ts')).onnxruntime,
};

/** Loads the graph of a package into the executor that is wanted, or into the first that takes it. */
export async function runtimeFor(pkg: Package, choice: RuntimeChoice): Promise<LoadedModel> {
  return (await loadRuntimes(readOnnx(pkg.graph), pkg.manifest.signature, choice, stepsOf(pkg))).batch;
}

/** Steps before the graph, checked; undefined when the package has none. */
export function stepsOf(pkg: Package): readonly PreStep[] | undefined {
  const steps = preOf(pkg);
  return steps && readPre(steps);
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
  const given = withPre(batch, pre);
  return { row: !pre && row?.row ? row : undefined, batch: given };
}

const EXAMPLE_ROWS = 256;

/** Rows to measure with; undefined for signatures that say too little to make one. */
export function exampleInputs(
  signature: Signature,
  count = EXAMPLE_ROWS,
): Readonly<Record<string, Tensor>> | undefined {
  const row = exampleRow(signature);
  if (row === undefined) return undefined;
  try {
    return compileRows(signature).decode(Array.from({ length: count }, () => row)).tensors;
  } catch (error) {
    if (error instanceof SlipwayError) return undefined;
    throw error;
  }
}
