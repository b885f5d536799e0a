import type { Converter } from '../converter.ts';
import type { Features } from '../../model/features.ts';
import type { Fitted } from '../fitted.ts';

/** Decompositions whose transform is an optimisation over all rows of the call: no row has an answer of its own. */
export const refusedDecompositions: Converter = {
  types: ['sklearn.decomposition._nmf.NMF', 'sklearn.decomposition._nmf.MiniBatchNMF'],
  became: 'refused',
  exactness: 'approximate',

  transform(fitted: Fitted): Features {
    throw fitted.unsupported(
      fitted.type,
      'Use TruncatedSVD or PCA in its place and train again, or store the transformed columns and start the model there.',
      'its transform is an iterative fit that stops by the rows of the whole call, so that the answer for a row depends on the others',
    );
  },
};
