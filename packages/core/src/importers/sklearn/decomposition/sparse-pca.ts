import { ops } from '../../../ir/index.ts';
import { checked } from '../linear/scores.ts';
import type { Converter } from '../converter.ts';
import { centredColumns, componentsOf, numbered } from './components.ts';
import { inverse, product, productWithTransposed } from './matrices.ts';

/** Ridge regression on the components, a matrix product at last: (x − mean) · Cᵀ · (C Cᵀ + α I)⁻¹. */
export const sparsePca: Converter = {
  types: ['sklearn.decomposition._sparse_pca.SparsePCA', 'sklearn.decomposition._sparse_pca.MiniBatchSparsePCA'],
  became: 'matrix product',
  exactness: '1e-12',
  state: (fitted) => fitted.array('components_').shape.join(' × '),

  transform(fitted, input) {
    const x = checked(input.numbers());
    const components = componentsOf(fitted, x.width);
    const count = components.length / x.width;
    const gram = productWithTransposed(components, components, x.width);
    for (let i = 0; i < count; i++)
      gram[i * count + i] = (gram[i * count + i] as number) + fitted.number('ridge_alpha', 0.01);
    const solved = inverse(gram, count);
    if (!solved) throw fitted.wrong('ridge_alpha', 'a positive number');
    return numbered(fitted, ops.linear(centredColumns(fitted, x), product(solved, components, count)), input);
  },
};
