import { ops, type Value } from '../../../ir/index.ts';
import { checked } from '../linear/scores.ts';
import type { Converter } from '../converter.ts';
import { PyGlobal, PyObject, type Fitted } from '../fitted.ts';
import { numbered } from './components.ts';

/** Columns that were found alike, pooled into one: their mean, sum, largest, smallest or median. */
export const featureAgglomeration: Converter = {
  types: ['sklearn.cluster._agglomerative.FeatureAgglomeration'],
  became: 'columns pooled',
  exactness: '1e-12',
  state: (fitted) =>
    `${fitted.vector('labels_').length} columns in ${Math.max(...fitted.vector('labels_')) + 1} groups`,

  transform(fitted, input) {
    const x = checked(input.numbers());
    const labels = fitted.vector('labels_', x.width);
    const groups = [...new Set(labels)]
      .sort((a, b) => a - b)
      .map((label) => [...labels.keys()].filter((at) => labels[at] === label));
    return numbered(fitted, ops.concat(groups.map((group) => pooled(fitted, ops.select(x, group)))), input);
  },
};

function pooled(fitted: Fitted, group: Value): Value {
  const pool = fitted.raw('pooling_func');
  const name = pool === undefined ? 'mean' : pool instanceof PyGlobal || pool instanceof PyObject ? pool.path : '?';
  if (!/^(mean$|numpy\.)/.test(name))
    throw fitted.unsupported('a pooling_func of its own', 'Use numpy.mean, max, min, sum or median and train again.');
  switch (name.split('.').at(-1)) {
    case 'mean':
    case 'average':
      return ops.divide(ops.sum(group), group.width);
    case 'sum':
      return ops.sum(group);
    case 'max':
    case 'amax':
      return ops.largest(group);
    case 'min':
    case 'amin':
      return ops.negate(ops.largest(ops.negate(group)));
    case 'median':
      return ops.median(group);
    default:
      throw fitted.unsupported(`pooling by ${name}`, 'Use numpy.mean, max, min, sum or median and train again.');
  }
}
