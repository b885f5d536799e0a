import { ops, type Value } from '../../../ir/index.ts';
import { Features } from '../../model/features.ts';
import type { Converter } from '../converter.ts';

/** y = x · scale + min, kept within `feature_range` when `clip` is set. Passes missing values on. */
export const minMaxScaler: Converter = {
  types: ['sklearn.preprocessing._data.MinMaxScaler'],
  became: 'multiply by scale, add min',
  exactness: 'bit-exact',

  transform(fitted, input) {
    const x = ops.require(input.numbers(), { finite: true });
    const scaled = ops.multiply(x, fitted.vector('scale_', input.width));
    const y = ops.add(scaled, fitted.vector('min_', input.width));
    if (!fitted.flag('clip', false)) return new Features([y], input.names);
    const [least = 0, most = 1] = fitted.vector('feature_range', 2);
    return new Features([clip(y, least, most)], input.names);
  },
};

/** As np.clip with numbers: NaN stays NaN. */
export function clip(x: Value, least: number, most: number): Value {
  return ops.minimum(ops.maximum(x, least), most);
}
