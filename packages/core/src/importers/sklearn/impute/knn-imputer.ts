import { ops, type Value } from '../../../ir/index.ts';
import { Features } from '../../model/features.ts';
import type { Converter } from '../converter.ts';
import { itemsOf, unwrap, type Fitted } from '../fitted.ts';
import { wholeNumber } from '../whole-number.ts';
import { checkedNumbers, isMissingNumber, markerOf, withIndicator, type Marker } from './missing-values.ts';

/** Missing values from the nearest rows of the training data, which the model keeps. */
export const knnImputer: Converter = {
  types: ['sklearn.impute._knn.KNNImputer'],
  became: 'mean of the nearest training rows',
  exactness: '1e-12',
  state: (fitted) =>
    `${fitted.array('_fit_X').shape.join(' × ')} training rows, ${fitted.number('n_neighbors', 5)} neighbours`,

  transform(fitted, input, context) {
    const marker = markerOf(fitted);
    const x = checkedNumbers(input.numbers(), marker);
    const rows = trainingRows(fitted, input.width, marker);
    const count = rows.length / input.width;
    const known = Array.from({ length: input.width }, (_, column) => column).filter((column) =>
      Array.from({ length: count }, (_row, i) => rows[i * input.width + column] as number).some(
        (cell) => !Number.isNaN(cell),
      ),
    );
    if (!known.length) throw fitted.wrong('_fit_X', 'rows with values');
    context.warn(
      `${fitted.path}: of training rows at the same distance the first ones count; NumPy's choice depends on the processor.`,
    );
    context.warn(`${fitted.path} keeps ${count} rows of the training data: whoever gets the model gets them.`);
    const filled = ops.imputeFromDonors(withNaN(x, marker), {
      rows,
      columns: known,
      neighbors: wholeNumber(fitted, 'n_neighbors', 1, Number.MAX_SAFE_INTEGER, 5),
      weights: weightsOf(fitted),
      countsStrangers: !fitted.since(1, 6),
    });
    const keepsEmpty = fitted.flag('keep_empty_features', false);
    const kept = keepsEmpty ? Array.from({ length: input.width }, (_, column) => column) : known;
    const imputed = new Features(
      [keepsEmpty ? withZeros(filled, known, kept) : filled],
      input.names && kept.map((column) => input.names?.[column] as string),
    );
    return withIndicator(fitted, imputed, input, marker);
  },
};

/** Columns in their places again, zeros where training knew no value. */
function withZeros(filled: Value, known: readonly number[], kept: readonly number[]): Value {
  if (known.length === kept.length) return filled;
  const all = ops.concat([filled, ops.repeat([0], filled)]);
  return ops.select(
    all,
    kept.map((column) => (known.includes(column) ? known.indexOf(column) : known.length)),
  );
}

function withNaN(x: Value, marker: Marker): Value {
  return marker === 'missing' ? x : ops.where(isMissingNumber(x, marker), NaN, x);
}

function trainingRows(fitted: Fitted, width: number, marker: Marker): Float64Array {
  const { shape, data } = fitted.array('_fit_X');
  if (shape.length !== 2 || shape[1] !== width || !data.length)
    throw fitted.wrong('_fit_X', `rows of ${width} columns`);
  const metric = unwrap(fitted.raw('metric'));
  if (metric !== undefined && metric !== 'nan_euclidean') {
    throw fitted.unsupported('a KNNImputer with its own metric', "Use metric='nan_euclidean'.");
  }
  if (marker === 'missing') return data;
  return data.map((cell) => (typeof marker === 'object' && 'number' in marker && cell === marker.number ? NaN : cell));
}

function weightsOf(fitted: Fitted): 'uniform' | 'distance' {
  const weights = unwrap(fitted.raw('weights'));
  if (weights === 'uniform' || weights === 'distance') return weights;
  if (itemsOf(weights) || typeof weights === 'string') throw fitted.wrong('weights', "'uniform' or 'distance'");
  throw fitted.unsupported('a KNNImputer with a function for its weights', "Use weights='uniform' or 'distance'.");
}
