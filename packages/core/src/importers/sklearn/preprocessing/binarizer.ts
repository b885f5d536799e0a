import { ops } from '../../../ir/index.ts';
import { Features } from '../../model/features.ts';
import { checked } from '../linear/scores.ts';
import type { Converter } from '../converter.ts';

/** 1 where x is greater than the threshold, else 0. */
export const binarizer: Converter = {
  types: ['sklearn.preprocessing._data.Binarizer'],
  became: 'compared with the threshold',
  exactness: 'bit-exact',
  sparse: 'kept',

  transform(fitted, input) {
    const above = ops.greater(checked(input.numbers()), fitted.number('threshold', 0));
    return new Features([ops.cast(above, 'float64')], input.names);
  },
};
