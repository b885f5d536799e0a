import { ops } from '../../../ir/index.ts';
import { checked } from '../linear/scores.ts';
import type { Converter } from '../converter.ts';
import { centredColumns, componentsOf, numbered } from './components.ts';

/** Independent components; centred first unless trained with `whiten=False`, which keeps no mean. */
export const fastIca: Converter = {
  types: ['sklearn.decomposition._fastica.FastICA'],
  became: 'matrix product',
  exactness: '1e-12',
  state: (fitted) => fitted.array('components_').shape.join(' × '),

  transform(fitted, input) {
    const x = checked(input.numbers());
    return numbered(fitted, ops.linear(centredColumns(fitted, x), componentsOf(fitted, x.width)), input);
  },
};
