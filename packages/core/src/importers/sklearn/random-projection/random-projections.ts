import { ops } from '../../../ir/index.ts';
import { componentsOf, numbered } from '../decomposition/components.ts';
import { checked } from '../linear/scores.ts';
import type { Converter } from '../converter.ts';

/** The columns on random directions, which may be kept as a sparse matrix. */
export const randomProjections: Converter = {
  types: ['sklearn.random_projection.GaussianRandomProjection', 'sklearn.random_projection.SparseRandomProjection'],
  became: 'matrix product',
  exactness: '1e-12',
  sparse: (fitted, input) =>
    fitted.name === 'SparseRandomProjection' && input.sparse && !fitted.flag('dense_output', false),
  state: (fitted) => `${fitted.number('n_components_')} components`,

  transform(fitted, input) {
    const x = checked(input.numbers());
    return numbered(fitted, ops.linear(x, componentsOf(fitted, x.width)), input);
  },
};
