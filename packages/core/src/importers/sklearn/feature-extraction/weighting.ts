import { readSparse } from '../../../formats/python/index.ts';
import { ops } from '../../../ir/index.ts';
import type { Weighting } from '../../../pre/index.ts';
import { Features } from '../../model/features.ts';
import type { Converter } from '../converter.ts';
import type { Fitted } from '../fitted.ts';

/** Counts of a vectorizer before it, weighted. */
export const tfidfTransformer: Converter = {
  types: ['sklearn.feature_extraction.text.TfidfTransformer'],
  became: 'terms weighted before the graph',
  exactness: 'bit-exact',
  sparse: () => true,

  transform(fitted, input, context) {
    const [counts] = input.parts;
    const step = counts && 'op' in counts ? ops.bagStep(counts) : undefined;
    if (!step || !counts || !('op' in counts) || input.parts.length > 1) {
      throw fitted.unsupported('a TfidfTransformer that does not follow a vectorizer', 'Use TfidfVectorizer.');
    }
    const unique = context.unique(step.column);
    const weighted = {
      ...step,
      ids: `${unique}_ids`,
      weights: `${unique}_weights`,
      weighting: [...step.weighting, weightingOf(fitted)],
    };
    const [text] = counts.inputs;
    if (!text) throw new Error('a bag without its text');
    return new Features([ops.bag(text, weighted)], input.names);
  },
};

/** Weights of a fitted TfidfTransformer; `idf_` is an array, in older files the diagonal of a sparse matrix. */
export function weightingOf(fitted: Fitted): Weighting {
  const norm = fitted.has('norm') ? fitted.text('norm') : undefined;
  if (norm !== undefined && norm !== 'l1' && norm !== 'l2') throw fitted.wrong('norm', 'l1, l2 or None');
  return {
    sublinear: fitted.flag('sublinear_tf', false),
    ...(fitted.flag('use_idf', true) ? { idf: [...idfOf(fitted)] } : {}),
    ...(norm ? { norm } : {}),
  };
}

function idfOf(fitted: Fitted): Float64Array {
  const plain = fitted.optionalArray('idf_');
  if (plain) return plain.data;
  const diagonal = fitted.raw('_idf_diag');
  const sparse = diagonal === undefined ? undefined : readSparse(diagonal);
  if (!sparse) throw fitted.wrong('idf_', 'weights of terms');
  const idf = new Float64Array(sparse.rows);
  for (let row = 0; row < sparse.rows; row++) {
    for (let i = sparse.rowStart[row] as number; i < (sparse.rowStart[row + 1] as number); i++) {
      if (sparse.columnIndex[i] === row) idf[row] = sparse.values[i] as number;
    }
  }
  return idf;
}
