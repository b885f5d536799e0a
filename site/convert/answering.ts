import { cellsOf, evaluate, type Converted, type Draft } from '@slipway/core/conversion';
import { SlipwayError, toPlain, type PlainError } from '@slipway/core/errors';
import type { Model } from '@slipway/core/ir';
import { bindAnswers, compileRows, type Answer, type Signature } from '@slipway/core/signature';
import { createPredictor } from '@slipway/edge';

/** What answers a row in this page, and why it is not compiled code. */
export interface Answering {
  readonly by: 'compiled' | 'reference' | undefined;
  readonly predict: ((row: unknown) => Answer | Answer[]) | undefined;
  readonly notCompiled: PlainError | undefined;
}

/** Compiled code; where it lacks an operator, the plain evaluator of the model, which graphs that came as ONNX don't have. */
export function answeringOf({ graph, converted }: Draft): Answering {
  const { signature, pre, model } = converted.imported;
  try {
    const predictor = createPredictor({ signature, graph, pre });
    return { by: 'compiled', predict: (row) => predictor.predict(row), notCompiled: undefined };
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    const predict = model && reference(signature, model, converted);
    return { by: predict && 'reference', predict, notCompiled: toPlain(error) };
  }
}

function reference(
  signature: Signature,
  model: Model,
  { imported }: Converted,
): ((row: unknown) => Answer | Answer[]) | undefined {
  // Text steps fill inputs that rows do not have; the compiled executor takes every model that has some.
  if (imported.pre?.length) return undefined;
  const rows = compileRows(signature);
  return (row) => {
    const { single, count, tensors, warnings } = rows.decode(row);
    const answers = bindAnswers(signature, evaluate(model, cellsOf(model, tensors, count)));
    const all = Array.from({ length: count }, (_, i) => answers.value(i, warnings.get(i)));
    return single ? (all[0] as Answer) : all;
  };
}
