import { ops } from '../../../ir/index.ts';
import { Features } from '../../model/features.ts';
import type { Converter } from '../converter.ts';

/**
 * y = (x − mean) / scale
 *
 * Divides, as scikit-learn does; multiplying by 1/scale differs in the last bit. Passes missing values on.
 */
export const standardScaler: Converter = {
  types: ['sklearn.preprocessing._data.StandardScaler'],
  became: 'subtract mean, divide by scale',
  exactness: 'bit-exact',
  sparse: 'kept',

  transform(fitted, input) {
    let x = ops.require(input.numbers(), { finite: true });
    if (fitted.flag('with_mean')) x = ops.subtract(x, fitted.vector('mean_', input.width));
    if (fitted.flag('with_std') && fitted.has('scale_')) x = ops.divide(x, fitted.vector('scale_', input.width));
    return new Features([x], input.names);
  },
};
