import type { Features } from '../../model/features.ts';
import type { Prediction, Transformer } from '../../model/prediction.ts';
import type { Converter } from '../converter.ts';
import type { Context } from '../context.ts';
import { itemsOf, type Fitted, type Plain } from '../fitted.ts';

/** Steps one after the other. None and 'passthrough' are left out, as the library does. */
export const pipeline: Converter = {
  types: ['sklearn.pipeline.Pipeline', 'imblearn.pipeline.Pipeline'],
  became: 'its steps in order',
  exactness: 'bit-exact',
  sparse: 'made',
  state: (fitted) =>
    stepsOf(fitted)
      .map(({ name }) => name)
      .join(' → '),

  transform(fitted, input, context) {
    return run(fitted, stepsOf(fitted), input, context);
  },

  predict(fitted, input, context): Prediction {
    const steps = stepsOf(fitted);
    const last = steps.at(-1);
    if (!last || isSkipped(last.estimator)) return transformed(run(fitted, steps, input, context));
    const before = run(fitted, steps.slice(0, -1), input, context);
    if (context.predicts(last.estimator)) return context.predict(last.estimator, before, last.name);
    return {
      ...transformed(run(fitted, [last], before, context)),
      samples: context.samples(last.estimator, before, last.name),
    };
  },
};

function transformed(output: Features): Transformer {
  return { kind: 'transformer', output: output.numbers(), names: output.names };
}

interface NamedStep {
  readonly name: string;
  readonly estimator: Plain;
}

function stepsOf(fitted: Fitted): NamedStep[] {
  return fitted.list('steps').map((step) => {
    const [name, estimator] = itemsOf(step) ?? [];
    if (typeof name !== 'string' || estimator === undefined) throw fitted.wrong('steps', '(name, estimator) pairs');
    return { name, estimator };
  });
}

/** imblearn resamples while training only. */
const RESAMPLES = /^imblearn\.(over_sampling|under_sampling|combine)\./;

export function isSkipped(estimator: Plain | undefined): boolean {
  return estimator === null || estimator === 'passthrough';
}

function run(fitted: Fitted, steps: readonly NamedStep[], input: Features, context: Context): Features {
  let features = input;
  for (const { name, estimator } of steps) {
    if (isSkipped(estimator)) continue;
    if (typeof estimator === 'object' && estimator !== null && 'path' in estimator && RESAMPLES.test(estimator.path))
      continue;
    features = context.transform(estimator, features, name);
  }
  return features;
}
