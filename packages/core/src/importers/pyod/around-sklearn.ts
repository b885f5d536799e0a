import { ops } from '../../ir/index.ts';
import type { Converter } from '../sklearn/converter.ts';
import { detected } from './detector.ts';
import { widthOf } from './width.ts';

/** Detectors that hold one of scikit-learn, its score turned round. */
export const aroundSklearn: Converter = {
  types: ['pyod.models.iforest.IForest', 'pyod.models.ocsvm.OCSVM', 'pyod.models.lof.LOF'],
  became: "scikit-learn's detector, its score turned round",
  exactness: '1e-12',
  columns: (fitted) => widthOf(fitted, 'detector_'),

  predict(fitted, input, context) {
    const inner = context.predict(fitted.object_('detector_'), input, 'detector_');
    if (inner.kind !== 'outlier') throw fitted.wrong('detector_', 'an outlier detector');
    const score = fitted.name === 'LOF' ? inner.samples : inner.score;
    if (!score) throw fitted.wrong('detector_', 'a detector with scores');
    return detected(fitted, ops.negate(score));
  },
};
