import { ops } from '../../../ir/index.ts';
import { checked } from '../linear/scores.ts';
import type { Converter } from '../converter.ts';
import { componentsOf, numbered } from './components.ts';

/** The columns as they are on each component. */
export const truncatedSvd: Converter = {
  types: ['sklearn.decomposition._truncated_svd.TruncatedSVD'],
  became: 'matrix product',
  exactness: '1e-12',
  state: (fitted) => fitted.array('components_').shape.join(' × '),

  transform(fitted, input) {
    const x = checked(input.numbers());
    return numbered(fitted, ops.linear(x, componentsOf(fitted, x.width)), input);
  },
};
