import { ops, type Value } from '../../../ir/index.ts';
import { Features } from '../../model/features.ts';
import type { Context } from '../context.ts';
import { PyObject, type Fitted } from '../fitted.ts';
import { constantClasses } from '../dummy/dummy.ts';
import { numpySum } from '../tree/numpy-sum.ts';
import { isTree } from '../tree/tree.ts';
import { exponentialOf, naturalLog, naturalLogOfOnePlus } from './correctly-rounded.ts';

/** Scores before the first tree: the same for every row, or those of an estimator. */
export type Start = { readonly constant: Float64Array } | { readonly value: Value };

/** Probabilities are kept this far from 0 and 1. */
const FLOAT32_EPSILON = 2 ** -23;
const FLOAT64_EPSILON = 2 ** -52;

/**
 * The start of gradient boosting: `init_` is 'zero' or a fitted estimator, a Dummy when the user chose none. Classifiers
 * turn its probabilities into scores by the link of the loss.
 *
 * `x` is the float32 input: that is what scikit-learn hands to the estimator.
 */
export function initialScores(
  fitted: Fitted,
  x: Value,
  names: readonly string[] | undefined,
  context: Context,
  width: number,
): Start {
  const init = fitted.raw('init_');
  if (init === 'zero') return { constant: new Float64Array(width) };
  if (!(init instanceof PyObject)) throw fitted.wrong('init_', "'zero' or an estimator");
  const link = linkOf(fitted, width);
  if (init.path === 'sklearn.dummy.DummyClassifier') {
    const [target] = constantClasses(context.fitted(init, 'init_'));
    const probabilities = target?.probabilities ?? [];
    if (probabilities.length !== (width === 1 ? 2 : width))
      throw fitted.wrong('init_', `probabilities of ${width} classes`);
    return { constant: link.numbers(width === 1 ? probabilities.slice(1) : probabilities) };
  }
  if (init.path === 'sklearn.dummy.DummyRegressor')
    return { constant: context.fitted(init, 'init_').vector('constant_', width) };
  if (!isTree(init))
    context.warn(
      `${fitted.path}.init_ computed in float32 while training: its part of the score may differ by about 1e-7.`,
    );
  const prediction = context.member(init, new Features([x], names), 'init_');
  if (prediction.kind === 'regressor') return { value: prediction.value };
  if (prediction.kind !== 'classifier' || prediction.probabilities?.width !== (width === 1 ? 2 : width)) {
    throw fitted.wrong('init_', 'an estimator of the same classes or targets');
  }
  return { value: link.values(width === 1 ? ops.select(prediction.probabilities, [1]) : prediction.probabilities) };
}

interface Link {
  readonly numbers: (probabilities: readonly number[]) => Float64Array;
  readonly values: (probabilities: Value) => Value;
}

/** logit, half of it for the exponential loss; for several classes log p, from 1.4 on minus its mean. */
function linkOf(fitted: Fitted, width: number): Link {
  const epsilon = fitted.since(1, 8) ? FLOAT64_EPSILON : FLOAT32_EPSILON;
  const clip = (p: number): number => Math.min(Math.max(p, epsilon), 1 - epsilon);
  const clipped = (p: Value): Value => ops.minimum(ops.maximum(p, epsilon), 1 - epsilon);
  if (width === 1) {
    const factor = fitted.text('loss', 'log_loss') === 'exponential' ? 0.5 : 1;
    return {
      numbers: (probabilities) => Float64Array.from(probabilities, (p) => factor * logit(clip(p), fitted)),
      values(probabilities) {
        const p = clipped(probabilities);
        return ops.multiply(ops.logarithm(ops.divide(p, ops.subtract(ops.constant([1]), p))), factor);
      },
    };
  }
  const centred = fitted.since(1, 4);
  return {
    numbers(probabilities) {
      const p = probabilities.map(clip);
      const logs = p.map(naturalLog);
      if (!centred) return Float64Array.from(logs);
      const mean = exponentialOf(numpySum(logs) / logs.length);
      return Float64Array.from(p, (share) => naturalLog(share / mean));
    },
    values(probabilities) {
      const logs = ops.logarithm(clipped(probabilities));
      return centred ? ops.subtract(logs, ops.divide(ops.sum(logs), width)) : logs;
    },
  };
}

/** Since 1.4 by scipy.special.logit, which (from 1.15 on) avoids cancellation around one half. */
function logit(p: number, fitted: Fitted): number {
  if (!fitted.since(1, 4) || p < 0.3 || p > 0.65) return naturalLog(p / (1 - p));
  const distance = 2 * (p - 0.5);
  return naturalLogOfOnePlus(distance) - naturalLogOfOnePlus(-distance);
}
