import { ops } from '../../../ir/index.ts';
import { Features } from '../../model/features.ts';
import type { Converter } from '../converter.ts';
import { checked } from '../linear/scores.ts';

/** x · componentsᵀ: the projection in which neighbours are of one class. */
export const neighborhoodComponents: Converter = {
  types: ['sklearn.neighbors._nca.NeighborhoodComponentsAnalysis'],
  became: 'matrix product',
  exactness: '1e-12',

  transform(fitted, input) {
    const { shape, data } = fitted.array('components_');
    if (shape[1] !== input.width) throw fitted.wrong('components_', `rows of ${input.width} numbers`);
    const projected = ops.linear(checked(input.numbers()), data);
    return new Features(
      [projected],
      Array.from({ length: projected.width }, (_, i) => `neighborhoodcomponentsanalysis${i}`),
    );
  },
};
