import { compile, generateCode, toModule, type WrittenModule } from '@slipway/core/compiled';
import { readOnnx, type OnnxModel } from '@slipway/core/onnx';
import type { StepRunners } from '@slipway/core/pre';
import { answerOutputs, type Signature } from '@slipway/core/signature';
import { predictorOf, type Predictor } from './predictor.ts';

/** The parts of a package that answering needs. */
export interface PredictorFiles {
  /** `signature` of slipway.json. */
  readonly signature: Signature;
  /** model.onnx. */
  readonly graph: Uint8Array;
  /** pre.json, parsed, where the package has one. */
  readonly pre?: unknown;
  /** `pictures` of `@slipway/core/pre/image`, `tokens` of `@slipway/core/pre/tokens`: for models that need them. */
  readonly runners?: StepRunners;
}

/**
 * Makes a predictor of the parts of a package, on the compiled runtime.
 *
 * Refuses a graph with an operator that it lacks (UNSUPPORTED_OPERATOR). Needs `new Function`.
 */
export function createPredictor({ signature, graph, pre, runners }: PredictorFiles): Predictor {
  return predictorOf(signature, compile(answering(signature, graph)), pre, runners);
}

/** The same graph as an ES module and its data, for {@link openPredictor}: for hosts that forbid `new Function`. */
export function writeModule({ signature, graph }: PredictorFiles): WrittenModule {
  return toModule(generateCode(answering(signature, graph)));
}

/** The graph with the outputs that answers are made of. */
function answering(signature: Signature, graph: Uint8Array): OnnxModel {
  const model = readOnnx(graph);
  const wanted = new Set(answerOutputs(signature));
  return {
    ...model,
    graph: { ...model.graph, outputs: model.graph.outputs.filter(({ name }) => wanted.has(name)) },
  };
}
