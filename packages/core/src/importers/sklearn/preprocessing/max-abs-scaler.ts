import { ops } from '../../../ir/index.ts';
import { Features } from '../../model/features.ts';
import type { Converter } from '../converter.ts';
import { clip } from './min-max-scaler.ts';

/** y = x / scale, kept within −1 and 1 when `clip` is set (1.9 and later). Passes missing values on. */
export const maxAbsScaler: Converter = {
  types: ['sklearn.preprocessing._data.MaxAbsScaler'],
  became: 'divide by scale',
  exactness: 'bit-exact',
  sparse: 'kept',

  transform(fitted, input) {
    const x = ops.require(input.numbers(), { finite: true });
    const y = ops.divide(x, fitted.vector('scale_', input.width));
    return new Features([fitted.flag('clip', false) ? clip(y, -1, 1) : y], input.names);
  },
};
