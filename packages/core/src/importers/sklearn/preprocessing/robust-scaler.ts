import { ops } from '../../../ir/index.ts';
import { Features } from '../../model/features.ts';
import type { Converter } from '../converter.ts';

/** y = (x − centre) / scale by median and quantile range. Passes missing values on. */
export const robustScaler: Converter = {
  types: ['sklearn.preprocessing._data.RobustScaler'],
  became: 'subtract centre, divide by scale',
  exactness: 'bit-exact',
  sparse: 'kept',

  transform(fitted, input) {
    let x = ops.require(input.numbers(), { finite: true });
    if (fitted.flag('with_centering', true)) x = ops.subtract(x, fitted.vector('center_', input.width));
    if (fitted.flag('with_scaling', true)) x = ops.divide(x, fitted.vector('scale_', input.width));
    return new Features([x], input.names);
  },
};
