import { ops, type Value } from '../../ir/index.ts';
import { Features } from '../model/features.ts';
import type { Converter } from '../sklearn/converter.ts';
import { itemsOf, PyDict, type Fitted } from '../sklearn/fitted.ts';
import { checked } from '../sklearn/linear/scores.ts';
import { named } from './steps.ts';

/** `setup(group_features=…)`: six statistics of each group of columns, behind the others. */
export const groupFeatures: Converter = {
  types: ['pycaret.internal.preprocess.transformers.GroupFeatures'],
  became: 'statistics of groups of columns',
  exactness: '1e-12',

  transform(fitted, input) {
    let features = input;
    for (const [name, columns] of groupsOf(fitted)) {
      const { names } = named(fitted, features);
      const places = columns.flatMap((column) => (names.includes(column) ? [names.indexOf(column)] : []));
      const left = fitted.flag('drop_groups', false) ? names.filter((own) => !columns.includes(own)) : names;
      const kept = features.select(left.map((own) => names.indexOf(own)));
      if (!places.length) {
        features = kept;
        continue;
      }
      const statistics = statisticsOf(checked(features.select(places).numbers()));
      const made = new Features(
        statistics.map(({ value }) => value),
        statistics.map(({ of }) => `${of}(${name})`),
      );
      features = Features.join([kept, made]);
    }
    return features;
  },
};

function groupsOf(fitted: Fitted): [string, readonly string[]][] {
  const groups = fitted.raw('group_features');
  if (!(groups instanceof PyDict)) throw fitted.wrong('group_features', 'a dict of lists of columns');
  return [...groups.entries()].map(([name, columns]) => {
    const items = itemsOf(columns);
    if (typeof name !== 'string' || !items?.every((column) => typeof column === 'string'))
      throw fitted.wrong('group_features', 'a dict of lists of columns');
    return [name, items];
  });
}

/** As `DataFrame.apply` has NumPy compute them for each row. */
function statisticsOf(x: Value): { readonly of: string; readonly value: Value }[] {
  const mean = ops.divide(ops.sum(x), x.width);
  const spread = ops.sumOfSquares(ops.subtract(x, mean));
  return [
    { of: 'min', value: ops.smallest(x) },
    { of: 'max', value: ops.largest(x) },
    { of: 'mean', value: mean },
    { of: 'std', value: ops.squareRoot(ops.divide(spread, x.width)) },
    { of: 'median', value: ops.median(x) },
    { of: 'mode', value: mode(x) },
  ];
}

/** The smallest of the most frequent numbers. */
function mode(x: Value): Value {
  const counts = ops.concat(
    Array.from({ length: x.width }, (_, at) => {
      const isSame = ops.equal(x, ops.select(x, [at]));
      return ops.sum(ops.cast(isSame, 'float64'));
    }),
  );
  return ops.smallest(ops.where(ops.equal(counts, ops.largest(counts)), x, Infinity));
}
