import type { Prediction } from '../model/prediction.ts';
import type { Converter } from '../sklearn/converter.ts';
import type { Fitted } from '../sklearn/fitted.ts';

/** Detectors that rank the rows of a call among each other: no row has an answer of its own. */
export const refusedDetectors: Converter = {
  types: ['pyod.models.ecod.ECOD', 'pyod.models.copod.COPOD'],
  became: 'refused',
  exactness: 'approximate',
  columns: (fitted) => ({ names: undefined, count: fitted.optionalArray('X_train')?.shape[1] ?? 1, text: false }),

  predict(fitted: Fitted): Prediction {
    throw fitted.unsupported(
      fitted.type,
      'Use HBOS, which looks at each column alone as well, KNN or IForest in its place and train again.',
      'it ranks the rows of a call together with those of training, so that the score of a row depends on the others',
    );
  },
};
