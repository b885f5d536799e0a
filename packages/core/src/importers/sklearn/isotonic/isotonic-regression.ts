import { ops, type Value } from '../../../ir/index.ts';
import { Features } from '../../model/features.ts';
import type { Converter } from '../converter.ts';
import { NdArray, type Fitted } from '../fitted.ts';
import { checked } from '../linear/scores.ts';

/** A monotonous function of one column: straight lines between its thresholds. */
export const isotonicRegression: Converter = {
  types: ['sklearn.isotonic.IsotonicRegression'],
  became: 'piecewise linear function',
  exactness: '1e-12',
  state: (fitted) => `${fitted.array('X_thresholds_').data.length} thresholds`,
  columns: () => ({ names: undefined, count: 1, text: false }),

  transform: (fitted, input) => new Features([curve(fitted, input)], ['isotonicregression0']),

  predict(fitted, input) {
    const value = curve(fitted, input);
    return {
      kind: 'regressor',
      value,
      single: true,
      extras: [{ method: 'transform', name: 'value', value, flat: true }],
    };
  },
};

function curve(fitted: Fitted, input: Features): Value {
  const xs = fitted.vector('X_thresholds_');
  const ys = fitted.vector('y_thresholds_', xs.length);
  if (!xs.length) throw fitted.wrong('X_thresholds_', 'at least one number');
  const thresholds = fitted.raw('X_thresholds_');
  const isSingle = thresholds instanceof NdArray && thresholds.dtype.itemSize === 4;
  // The library casts to the thresholds' type, and back.
  const rounded = (x: Value): Value => (isSingle ? ops.cast(ops.cast(x, 'float32'), 'float64') : x);
  const x = rounded(checked(input.number(0)));
  if (xs.length === 1) return ops.add(ops.multiply(x, 0), ys);
  const outside = fitted.text('out_of_bounds', 'nan');
  if (outside === 'clip') return rounded(ops.interpolate(x, [{ x: xs, y: ys }]));
  const [least, most] = [xs[0] as number, xs.at(-1) as number];
  const limits = [
    { refuses: 'below', value: least },
    { refuses: 'above', value: most },
  ] as const;
  const known = ops.within(x, outside === 'raise' ? { always: limits } : { missing: limits });
  const y = rounded(ops.interpolate(known, [{ x: xs, y: ys }]));
  return ops.where(ops.or(ops.less(known, least), ops.greater(known, most)), ops.constant([NaN]), y);
}
