import { compile } from '../compiled/index.ts';
import { SlipwayError } from '../errors/index.ts';
import type { OnnxModel } from '../onnx/index.ts';
import { compilePre, type PreStep } from '../pre/index.ts';
import { pictures } from '../pre/image/index.ts';
import { tokens } from '../pre/tokens/index.ts';
import type { Tensor } from '../tensor/index.ts';

/** A graph that answers, whoever runs it. */
export interface RunningModel {
  /** Id of the runtime. */
  readonly id: string;
  infer(inputs: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>>;
}

/** An executor that takes the graph, or why it does not. */
export type Executor<M extends RunningModel = RunningModel> =
  | { readonly id: string; readonly model: M }
  | { readonly id: string; readonly refused: SlipwayError }
  | { readonly id: string; readonly skipped: string };

/** The compiled executor, which every platform has; the steps of pre.json run before the graph. Needs `new Function`. */
export function compiledExecutor(graph: OnnxModel, pre: readonly PreStep[] = []): Executor {
  const id = 'compiled';
  try {
    const program = compile(graph);
    const given = compilePre(pre, new Set(program.inputs.map(({ name }) => name)), { pictures, tokens });
    return { id, model: { id, infer: (inputs) => Promise.try(() => program.run(given(inputs))) } };
  } catch (error) {
    if (error instanceof SlipwayError) return { id, refused: error };
    throw error;
  }
}
