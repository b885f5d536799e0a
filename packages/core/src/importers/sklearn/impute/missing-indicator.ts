import { ops } from '../../../ir/index.ts';
import { Features } from '../../model/features.ts';
import type { Converter } from '../converter.ts';
import { isMissingAt, markerOf } from './missing-values.ts';

/**
 * 1.0 where a value is missing, for the columns that missed values in training (or all).
 *
 * With `error_on_new` the library refuses a missing value in any other column.
 */
export const missingIndicator: Converter = {
  types: ['sklearn.impute._base.MissingIndicator'],
  became: 'missing values flagged',
  exactness: 'bit-exact',
  sparse: (fitted, input) => (fitted.raw('sparse') === 'auto' ? input.sparse : fitted.flag('sparse', false)),
  state: (fitted) => `${fitted.vector('features_').length} columns flagged`,

  transform(fitted, input) {
    const marker = markerOf(fitted);
    const features = [...fitted.vector('features_')];
    if (features.some((at) => !(at >= 0 && at < input.width)))
      throw fitted.wrong('features_', `positions of ${input.width} columns`);
    const strict = fitted.text('features', 'missing-only') === 'missing-only' && fitted.flag('error_on_new', true);
    const flags = Array.from({ length: input.width }, (_, at) =>
      isMissingAt(input, at, marker, strict && marker === 'missing' && !features.includes(at)),
    );
    // Nothing was missing in training: no columns, but what it refuses is refused.
    if (!features.length) return new Features(strict ? [ops.nothing(ops.concat(flags))] : [], []);
    const flagged = ops.cast(ops.select(ops.concat(flags), features), 'float64');
    return new Features([flagged], input.names && features.map((at) => `missingindicator_${input.names?.[at]}`));
  },
};
