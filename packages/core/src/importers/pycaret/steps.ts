import { ops } from '../../ir/index.ts';
import { dateParts, type DatePart, type DatePartsStep } from '../../pre/index.ts';
import { Features } from '../model/features.ts';
import type { Converter } from '../sklearn/converter.ts';
import { itemsOf, PyDict, unwrap, type Fitted } from '../sklearn/fitted.ts';

const MODULE = 'pycaret.internal.preprocess.transformers';

/** `setup(remove_multicollinearity=True)`: some columns are left out. */
export const removeMulticollinearity: Converter = {
  types: [`${MODULE}.RemoveMulticollinearity`],
  became: 'columns picked',
  exactness: 'bit-exact',

  transform(fitted, input) {
    const dropped = new Set(itemsOf(fitted.raw('drop_')) ?? []);
    const { names } = named(fitted, input);
    return input.select(names.flatMap((name, at) => (dropped.has(name) ? [] : [at])));
  },
};

/** Characters that some boosters refuse are taken out of column names. */
export const cleanColumnNames: Converter = {
  types: [`${MODULE}.CleanColumnNames`],
  became: 'the columns as they are',
  exactness: 'bit-exact',

  transform(fitted, input) {
    if (fitted.has('match') && fitted.text('match') !== '[\\]\\[\\,\\{\\}\\"\\:]+') {
      throw fitted.unsupported('a pattern of its own', 'Rename the columns before setup().');
    }
    return input.renamed(named(fitted, input).names.map((name) => name.replace(/[\][,{}":]+/g, '')));
  },
};

/** `setup(rare_to_value=…)`: rare categories become one. */
export const rareCategoryGrouping: Converter = {
  types: [`${MODULE}.RareCategoryGrouping`],
  became: 'rare categories replaced',
  exactness: 'bit-exact',

  transform(fitted, input) {
    const { names } = named(fitted, input);
    const grouped = fitted.raw('to_other_');
    const rare = grouped instanceof PyDict ? grouped : fitted.object_('to_other_').items;
    const value = fitted.text('value');
    const columns = names.map((name, at) => {
      const categories = itemsOf(rare?.get(name))?.map(unwrap) ?? [];
      if (!categories.length) return input.select([at]);
      if (!categories.every((category) => typeof category === 'string'))
        throw fitted.wrong('to_other_', 'lists of texts');
      return new Features([
        categories.reduce((text, category) => ops.fillText(text, [value], category), input.text(at)),
      ]);
    });
    return Features.join(columns).renamed(names);
  },
};

/** `setup(low_variance_threshold=…)` and the like keep sklearn's selectors; rows are only dropped while training. */
export const removeOutliers: Converter = {
  types: [`${MODULE}.RemoveOutliers`, `${MODULE}.FixImbalancer`],
  became: 'nothing: it works on training rows',
  exactness: 'bit-exact',
  transform: (_fitted, input) => input,
};

/** `setup(date_features=…)`: parts of dates as numbers, the last one first (`insert` puts each behind the date). */
export const extractDateTimeFeatures: Converter = {
  types: [`${MODULE}.ExtractDateTimeFeatures`],
  became: 'parts of dates as numbers',
  exactness: 'bit-exact',

  transform(fitted, input) {
    const { names } = named(fitted, input);
    const parts = fitted.strings('features')?.toReversed() ?? ['year', 'month', 'day'];
    if (!parts.every(isDatePart)) {
      const known = dateParts.join(', ');
      throw fitted.unsupported(`the part ${parts.find((part) => !isDatePart(part))} of a date`, `Use ${known}.`);
    }
    const columns = names.map((column, at) => {
      const step: DatePartsStep = { op: 'date-parts', column, parts, output: `${column}_in_parts` };
      return ops.datePartsOf(input.text(at), step);
    });
    return new Features(columns).renamed(names.flatMap((name) => parts.map((part) => `${name}_${part}`)));
  },
};

function isDatePart(part: string): part is DatePart {
  return (dateParts as readonly string[]).includes(part);
}

/** The columns by name, which every step of PyCaret needs. */
export function named(fitted: Fitted, input: Features): { readonly names: readonly string[] } {
  if (!input.names)
    throw fitted.unsupported('a PyCaret step without column names', 'Save the whole pipeline with save_model.');
  return { names: input.names };
}
