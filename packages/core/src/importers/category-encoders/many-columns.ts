import { ops } from '../../ir/index.ts';
import type { Converter } from '../sklearn/converter.ts';
import { asNumber, itemsOf, type Fitted } from '../sklearn/fitted.ts';
import { encodedColumn } from './encoded-column.ts';
import { listedMappings, nothing, replaced } from './frame-columns.ts';
import { codingOf, ordinalMappings } from './ordinal.ts';
import { frameOf } from './pandas.ts';

const MISSING = -2;

/**
 * Encoders that give each category several numbers: one-hot, binary digits, contrasts.
 *
 * Contrasts up to 2.6 put a column of ones named `intercept` in front.
 */
export const widthEncoders: Converter = {
  types: [
    'category_encoders.one_hot.OneHotEncoder',
    'category_encoders.basen.BaseNEncoder',
    'category_encoders.binary.BinaryEncoder',
    'category_encoders.gray.GrayEncoder',
    'category_encoders.rankhot.RankHotEncoder',
    'category_encoders.sum_coding.SumEncoder',
    'category_encoders.helmert.HelmertEncoder',
    'category_encoders.backward_difference.BackwardDifferenceEncoder',
    'category_encoders.polynomial.PolynomialEncoder',
  ],
  became: 'category codes, a table of numbers',
  exactness: 'bit-exact',
  state: (fitted) => `${coderOf(fitted).list('mapping').length} columns`,

  transform(given, input, context) {
    const fitted = coderOf(given);
    const ordinal = ordinalMappings(context.fitted(fitted.object_('ordinal_encoder'), 'ordinal_encoder'));
    const mappings = listedMappings(fitted);
    const encode: Parameters<typeof replaced>[2] = (column, at) => {
      const codes = ordinal.get(column);
      if (!codes) throw fitted.wrong('ordinal_encoder', `codes for ${column}`);
      // A column without any category keeps its code.
      if (!mappings.has(column))
        return {
          value: encodedColumn(
            fitted,
            input,
            at,
            codingOf(fitted, codes, (code) => [code]),
          ),
          names: [column],
        };
      const frame = frameOf(mappings.get(column));
      if (!frame) throw fitted.wrong('mapping', `a table for ${column}`);
      const rows = new Map(
        frame.index.map((code, i) => [asNumber(code), frame.columns.map(({ values }) => asNumber(values[i]) ?? NaN)]),
      );
      // Ranks have a row for missing values too, which the library does not use.
      const missing = fitted.name === 'RankHotEncoder' ? NaN : MISSING;
      const absent = frame.columns.map(() => NaN);
      if (!absent.length)
        return nothing(
          encodedColumn(
            fitted,
            input,
            at,
            codingOf(fitted, codes, (code) => [code]),
          ),
        );
      const value = encodedColumn(
        fitted,
        input,
        at,
        codingOf(
          fitted,
          codes,
          (code) => rows.get(Number.isNaN(code) ? missing : code) ?? otherwise(fitted, code, absent),
        ),
      );
      return { value, names: frame.columns.map(({ name }) => name) };
    };
    return replaced(
      given,
      input,
      encode,
      hasIntercept(given) ? (like) => ({ value: ops.repeat([1], like), names: ['intercept'] }) : undefined,
    );
  },
};

/** Ranks are zeros for what they do not know, unless that is to be NaN. */
function otherwise(fitted: Fitted, code: number, absent: readonly number[]): readonly number[] {
  if (fitted.name !== 'RankHotEncoder') return absent;
  const isMissing = Number.isNaN(code) || code === MISSING;
  if (isMissing && fitted.text('handle_missing', 'value') === 'return_nan') return absent;
  return fitted.text('handle_unknown', 'value') === 'return_nan' ? absent : absent.map(() => 0);
}

/** BinaryEncoder up to 2.3 holds a BaseNEncoder. */
function coderOf(fitted: Fitted): Fitted {
  const inner = fitted.raw('base_n_encoder');
  return inner === undefined || fitted.has('mapping')
    ? fitted
    : fitted.within(fitted.object_('base_n_encoder'), 'base_n_encoder');
}

function hasIntercept(fitted: Fitted): boolean {
  const names = itemsOf(fitted.raw('feature_names_out_')) ?? itemsOf(fitted.raw('feature_names'));
  return names?.[0] === 'intercept' && !(itemsOf(fitted.raw('feature_names_in_')) ?? []).includes('intercept');
}
