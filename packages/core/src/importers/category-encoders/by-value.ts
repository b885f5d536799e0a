import type { Converter } from '../sklearn/converter.ts';
import { asNumber, PyDict, scalarOf, unwrap, type Fitted, type Plain } from '../sklearn/fitted.ts';
import { encodedColumn } from './encoded-column.ts';
import { keyedMappings, replaced } from './frame-columns.ts';
import { strategy } from './ordinal.ts';
import { frameOf, seriesOf } from './pandas.ts';

/** Mean of the target by category, from sum and count: of all rows of training, or drawn to the mean of all. */
export const statisticEncoders: Converter = {
  types: ['category_encoders.leave_one_out.LeaveOneOutEncoder', 'category_encoders.cat_boost.CatBoostEncoder'],
  became: 'a table of means',
  exactness: 'bit-exact',
  state: (fitted) => `${keyedMappings(fitted).size} columns`,

  transform(fitted, input) {
    const mean = fitted.number('_mean');
    const prior = fitted.name === 'CatBoostEncoder' ? fitted.number('a', 1) : 0;
    const mappings = keyedMappings(fitted);
    const missing = strategy(fitted, 'handle_missing');
    const unknown = strategy(fitted, 'handle_unknown') === 'value' ? mean : NaN;
    return replaced(fitted, input, (column, at) => {
      const frame = frameOf(mappings.get(column));
      const numbers = (name: string): Plain[] | undefined =>
        frame?.columns.find((of) => of.name === name)?.values.slice();
      const [sums, counts] = [numbers('sum'), numbers('count')];
      if (!frame || !sums || !counts) throw fitted.wrong('mapping', `sums and counts for ${column}`);
      const level = (i: number): number => {
        if (missing === 'return_nan' && scalarOf(frame.index[i] as Plain) === null) return NaN;
        const [sum, count] = [asNumber(sums[i]) ?? NaN, asNumber(counts[i]) ?? NaN];
        return count > 1 ? (sum + mean * prior) / (count + prior) : mean;
      };
      const value = encodedColumn(fitted, input, at, {
        values: frame.index,
        row: (i) => [level(i)],
        unknown: [unknown],
        missing: [missing === 'value' ? mean : NaN],
        closed: strategy(fitted, 'handle_unknown') === 'error',
        present: missing === 'error',
      });
      return { value, names: [column] };
    });
  },
};

/** How often a category was seen in training, as a number or a share. */
export const countEncoder: Converter = {
  types: ['category_encoders.count.CountEncoder'],
  became: 'a table of counts',
  exactness: 'bit-exact',
  state: (fitted) => `${keyedMappings(fitted).size} columns`,

  transform(fitted, input) {
    const mappings = keyedMappings(fitted);
    return replaced(fitted, input, (column, at) => {
      const series = seriesOf(mappings.get(column));
      if (!series) throw fitted.wrong('mapping', `counts for ${column}`);
      const counts = new Map(series.index.map((label, i) => [scalarOf(label), asNumber(series.values[i]) ?? NaN]));
      const lumped = groupsOf(fitted, column);
      const values = [
        ...series.index.filter((label) => !lumped.has(scalarOf(label))),
        ...[...lumped.values()].map(({ label }) => label),
      ];
      const unknown = unseen(fitted, column);
      const countOf = (label: Plain): number => {
        const own = scalarOf(label);
        return counts.get(lumped.get(own)?.group ?? own) ?? NaN;
      };
      const value = encodedColumn(fitted, input, at, {
        values,
        row: (i) => [or(countOf(values[i] as Plain), unknown.value)],
        unknown: [unknown.value],
        closed: unknown.refused,
        present: strategy(fitted, 'handle_missing') === 'error',
      });
      return { value, names: [column] };
    });
  },
};

function or(number: number, otherwise: number): number {
  return Number.isNaN(number) ? otherwise : number;
}

/** Small groups that were put together: label → the name of their group. */
function groupsOf(
  fitted: Fitted,
  column: string,
): Map<ReturnType<typeof scalarOf>, { readonly label: Plain; readonly group: ReturnType<typeof scalarOf> }> {
  const all = fitted.raw('_min_group_categories');
  const own = all instanceof PyDict ? all.get(column) : undefined;
  if (!(own instanceof PyDict)) return new Map();
  return new Map([...own.entries()].map(([label, group]) => [scalarOf(label), { label, group: scalarOf(group) }]));
}

/** What a value becomes that was not counted. Strategies may differ by column. */
function unseen(fitted: Fitted, column: string): { readonly value: number; readonly refused: boolean } {
  const of = (name: string): Plain | undefined => {
    const choices = fitted.raw(`_${name}`);
    return unwrap(choices instanceof PyDict ? choices.get(column) : fitted.raw(name));
  };
  const choice = of('handle_unknown');
  const number = asNumber(choice);
  if (number !== undefined) return { value: number, refused: false };
  const counted = choice === 'value' && of('handle_missing') !== 'return_nan';
  return { value: counted ? 0 : NaN, refused: choice === 'error' };
}
