import { ops, type Value } from '../../../ir/index.ts';
import { checked } from '../linear/scores.ts';
import type { Converter } from '../converter.ts';
import type { Features } from '../../model/features.ts';
import type { Fitted } from '../fitted.ts';
import { logLikelihood, precisionOfPca } from './likelihood.ts';
import { centredColumns, componentsOf, numbered, timesRows } from './components.ts';

/**
 * Principal components: the columns, centred, on each component; divided by its deviation when `whiten` is set.
 *
 * From 1.5 on the library multiplies first and subtracts the mean's own components.
 */
export const pca: Converter = {
  types: ['sklearn.decomposition._pca.PCA'],
  became: 'matrix product',
  exactness: '1e-12',
  state: describe,
  transform: projection,

  samples(fitted, input) {
    const precision = precisionOfPca(fitted, input.width);
    return precision && logLikelihood(centredColumns(fitted, checked(input.numbers())), precision);
  },
};

/** The same from batches, without a likelihood. */
export const incrementalPca: Converter = {
  types: ['sklearn.decomposition._incremental_pca.IncrementalPCA'],
  became: 'matrix product',
  exactness: '1e-12',
  state: describe,
  transform: projection,
};

function describe(fitted: Fitted): string {
  return `${fitted.array('components_').shape.join(' × ')}${fitted.flag('whiten', false) ? ', whitened' : ''}`;
}

function projection(fitted: Fitted, input: Features): Features {
  const x = checked(input.numbers());
  const components = componentsOf(fitted, x.width);
  const projected = fitted.since(1, 5)
    ? productFirst(fitted, x, components)
    : ops.linear(centredColumns(fitted, x), components);
  return numbered(fitted, fitted.flag('whiten', false) ? whitened(fitted, projected) : projected, input);
}

function productFirst(fitted: Fitted, x: Value, components: Float64Array): Value {
  const product = ops.linear(x, components);
  return fitted.has('mean_') ? ops.subtract(product, timesRows(fitted.vector('mean_', x.width), components)) : product;
}

function whitened(fitted: Fitted, x: Value): Value {
  const deviations = fitted.vector('explained_variance_', x.width).map(Math.sqrt);
  const least = fitted.since(1, 5) ? Number.EPSILON : 0;
  return ops.divide(
    x,
    deviations.map((deviation) => (deviation < least ? least : deviation)),
  );
}
