import { ops, type Value } from '../../../ir/index.ts';
import type { Features } from '../../model/features.ts';
import type { Context } from '../context.ts';
import type { Converter } from '../converter.ts';
import type { Fitted } from '../fitted.ts';
import { matrixOf } from '../linear/matrix.ts';
import { checked } from '../linear/scores.ts';
import { nearestRows } from '../neighbors/k-neighbors.ts';

/** Label distributions of the training rows, weighted by an RBF kernel or added up over the nearest rows. */
export const labelPropagation: Converter = {
  types: [
    'sklearn.semi_supervised._label_propagation.LabelPropagation',
    'sklearn.semi_supervised._label_propagation.LabelSpreading',
  ],
  became: 'weights of training rows, their labels summed',
  exactness: '1e-12',
  state: (fitted) => `${kernelOf(fitted)} kernel, ${matrixOf(fitted, 'X_').shape[0]} training rows`,

  predict(fitted, input, context) {
    const classes = fitted.classes();
    const { shape, data: labels } = fitted.array('label_distributions_');
    if (shape.length !== 2 || shape[1] !== classes.labels.length) {
      throw fitted.wrong('label_distributions_', `shares of ${classes.labels.length} classes`);
    }
    const isKernel = kernelOf(fitted) === 'rbf';
    const sums = isKernel ? kernelSums(fitted, input, labels, context) : nearestSums(fitted, input, labels, context);
    // Rows so far away that every weight is 0 have no shares: NaN, and the first class.
    const probabilities = ops.divide(sums, ops.sum(sums));
    return { kind: 'classifier', classes, position: ops.positionOfLargest(probabilities), probabilities };
  },
};

function kernelOf(fitted: Fitted): 'rbf' | 'knn' {
  const kernel = fitted.raw('kernel');
  if (kernel === 'rbf' || kernel === 'knn') return kernel;
  throw fitted.unsupported('a kernel that is a function', 'Use kernel="rbf" or "knn".');
}

function kernelSums(fitted: Fitted, input: Features, labels: Float64Array, context: Context): Value {
  const { shape, data: points } = matrixOf(fitted, 'X_');
  const rows = shape[0] ?? 0;
  const classes = labels.length / rows;
  if (shape[1] !== input.width || !Number.isInteger(classes))
    throw fitted.wrong('X_', `rows of ${input.width} columns`);
  context.warn(`${fitted.path} keeps its training rows: whoever has the package can read them.`);
  const squares = ops.expandedSquares(checked(input.numbers()), points);
  const weights = ops.exponential(ops.multiply(squares, -fitted.number('gamma')));
  return ops.linear(
    weights,
    Float64Array.from(labels, (_, i) => labels[(i % rows) * classes + Math.floor(i / rows)] as number),
  );
}

function nearestSums(fitted: Fitted, input: Features, labels: Float64Array, context: Context): Value {
  const count = fitted.number('n_neighbors');
  const search = context.fitted(fitted.object_('nn_fit'), 'nn_fit');
  const { positions, rows } = nearestRows(search, input, count, context);
  return ops.rowTotal(positions, labels, labels.length / rows);
}
