import type { Features } from '../../model/features.ts';
import type { Prediction } from '../../model/prediction.ts';
import type { Context } from '../context.ts';
import type { PyObject } from '../fitted.ts';

/** The answer of the estimator inside a wrapper; one that only transforms answers with the transformed row. */
export function delegate(estimator: PyObject, input: Features, context: Context, name: string): Prediction {
  if (context.predicts(estimator) || !context.transforms(estimator)) return context.predict(estimator, input, name);
  const output = context.transform(estimator, input, name);
  return { kind: 'transformer', output: output.numbers(), names: output.names };
}
