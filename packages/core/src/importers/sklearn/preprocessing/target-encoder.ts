import { ops } from '../../../ir/index.ts';
import { Features } from '../../model/features.ts';
import type { Converter } from '../converter.ts';
import { numbersOf, type Fitted } from '../fitted.ts';
import { categoriesOf, codeOf, pythonText } from './categories.ts';

/** Mean of the target for each category, smoothed; for several classes one mean each. Unknown values get the mean of all. */
export const targetEncoder: Converter = {
  types: ['sklearn.preprocessing._target_encoder.TargetEncoder'],
  became: 'category codes, a table of means',
  exactness: 'bit-exact',
  state: (fitted) => `${fitted.list('categories_').length} columns, ${fitted.text('target_type_')} target`,

  transform(fitted, input) {
    const classes = fitted.text('target_type_') === 'multiclass' ? fitted.list('classes_') : undefined;
    const width = classes?.length ?? 1;
    const means = fitted.vector('target_mean_', width);
    const encodings = encodingsOf(fitted, input.width * width);
    const columns = categoriesOf(fitted, input.width).map((known, at) => {
      const slots = known.keys.length;
      const table = new Float64Array((slots + 1) * width);
      for (let k = 0; k < width; k++) {
        const encoding = encodings[at * width + k] as Float64Array;
        if (encoding.length !== slots) throw fitted.wrong('encodings_', 'a number per category');
        for (let slot = 0; slot < slots; slot++) table[slot * width + k] = encoding[slot] as number;
        table[slots * width + k] = means[k] as number;
      }
      const slot = codeOf(input, at, known, { codes: known.keys.map((_, i) => i), unknown: slots, closed: false });
      return ops.tableRow(slot, table, width);
    });
    const names = classes
      ? input.names?.flatMap((name) => classes.map((label) => `${name}_${pythonText(label)}`))
      : input.names;
    return new Features([ops.concat(columns)], names);
  },
};

function encodingsOf(fitted: Fitted, count: number): Float64Array[] {
  const encodings = fitted.list('encodings_').map((encoding) => numbersOf(encoding)?.data);
  if (encodings.length !== count || encodings.includes(undefined)) throw fitted.wrong('encodings_', `${count} arrays`);
  return encodings as Float64Array[];
}
