import type { Converter } from '../sklearn/converter.ts';
import { asNumber } from '../sklearn/fitted.ts';
import { encodedColumn } from './encoded-column.ts';
import { keyedMappings, replaced } from './frame-columns.ts';
import { codingOf, ordinalMappings } from './ordinal.ts';
import { seriesOf } from './pandas.ts';

/** Encoders that give each category one number, learnt from the target: a mean, a weight of evidence, a quantile. */
export const targetEncoders: Converter = {
  types: [
    'category_encoders.target_encoder.TargetEncoder',
    'category_encoders.m_estimate.MEstimateEncoder',
    'category_encoders.james_stein.JamesSteinEncoder',
    'category_encoders.woe.WOEEncoder',
    'category_encoders.glmm.GLMMEncoder',
    'category_encoders.quantile_encoder.QuantileEncoder',
  ],
  became: 'category codes, a table of numbers',
  exactness: 'bit-exact',
  state: (fitted) => `${keyedMappings(fitted).size} columns`,

  transform(fitted, input, context) {
    const ordinal = ordinalMappings(context.fitted(fitted.object_('ordinal_encoder'), 'ordinal_encoder'));
    const mappings = keyedMappings(fitted);
    return replaced(fitted, input, (column, at) => {
      const series = seriesOf(mappings.get(column));
      const codes = ordinal.get(column);
      if (!series || !codes) throw fitted.wrong('mapping', `numbers for ${column}`);
      const numbers = new Map(series.index.map((code, i) => [asNumber(code), asNumber(series.values[i]) ?? NaN]));
      const value = encodedColumn(
        fitted,
        input,
        at,
        codingOf(fitted, codes, (code) => [numbers.get(code) ?? NaN]),
      );
      return { value, names: [column] };
    });
  },
};
