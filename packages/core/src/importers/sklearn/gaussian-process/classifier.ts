import { ops, type Value } from '../../../ir/index.ts';
import type { Converter } from '../converter.ts';
import { bothClasses } from '../linear/scores.ts';
import { leftVariance, trainedCovariance } from './posterior.ts';

/** Two classes: itself; more: one process per class, or per pair of classes. */
export const gaussianProcessClassifier: Converter = {
  types: ['sklearn.gaussian_process._gpc.GaussianProcessClassifier'],
  became: 'its binary processes',
  exactness: '1e-12',
  state: (fitted) => `${fitted.classes().labels.length} classes`,

  predict(fitted, input, context) {
    const prediction = context.predict(fitted.raw('base_estimator_'), input, 'base_estimator_');
    if (prediction.kind !== 'classifier') throw fitted.wrong('base_estimator_', 'a classifier');
    const { classes, position, probabilities } = prediction;
    return { kind: 'classifier', classes, position, probabilities };
  },
};

/** Binary classification by Laplace's approximation: the sign of the latent mean. */
export const laplaceClassifier: Converter = {
  types: ['sklearn.gaussian_process._gpc._BinaryGaussianProcessClassifierLaplace'],
  became: 'covariances with all training rows, latent mean and variance, averaged sigmoid',
  exactness: '1e-12',
  state: (fitted) => `${fitted.array('X_train_').shape[0]} training rows`,

  predict(fitted, input, context) {
    const classes = fitted.classes();
    const { cross, prior, rows } = trainedCovariance(fitted, input, context);
    const pi = fitted.vector('pi_', rows);
    const mean = ops.linear(
      cross,
      fitted.vector('y_train_', rows).map((y, i) => y - (pi[i] as number)),
    );
    const position = ops.cast(ops.greater(mean, 0), 'int64');
    if (!prior) return { kind: 'classifier', classes, position };
    const weighted = ops.multiply(cross, fitted.vector('W_sr_', rows));
    const variance = leftVariance(prior, weighted, fitted.vector('L_', rows * rows));
    return { kind: 'classifier', classes, position, probabilities: bothClasses(averagedSigmoid(mean, variance)) };
  },
};

/** Five error functions that together approximate the sigmoid (Williams and Barber, 1998): steepness and share of each. */
const STEEPNESS = [0.41, 0.4, 0.37, 0.44, 0.39];
const SHARE = [-1854.8214151, 3516.89893646, 221.29346712, 128.12323805, -2010.49422654];

/** The sigmoid of a normal variable, averaged, term by term as the library computes it. */
function averagedSigmoid(mean: Value, variance: Value): Value {
  const alpha = ops.divide(ops.constant([1]), ops.multiply(variance, 2));
  const height = ops.squareRoot(ops.divide(ops.constant([Math.PI]), alpha));
  const norm = ops.multiply(ops.squareRoot(ops.multiply(ops.multiply(variance, 2), Math.PI)), 2);
  const squares = STEEPNESS.map((own) => own * own);
  const slope = ops.squareRoot(ops.divide(alpha, ops.add(alpha, squares)));
  const integrals = ops.divide(
    ops.multiply(ops.errorFunction(ops.multiply(ops.multiply(mean, STEEPNESS), slope)), height),
    norm,
  );
  return ops.add(ops.sum(ops.multiply(integrals, SHARE)), 0.5 * SHARE.reduce((sum, own) => sum + own, 0));
}
