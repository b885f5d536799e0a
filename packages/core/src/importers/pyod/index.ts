import { ops } from '../../ir/index.ts';
import type { Converter } from '../sklearn/converter.ts';

/** Detectors of PyOD that hold one of scikit-learn: its score turned round, and an outlier (1) beyond the threshold. */
const aroundSklearn: Converter = {
  types: ['pyod.models.iforest.IForest', 'pyod.models.ocsvm.OCSVM'],
  became: "scikit-learn's detector, its score turned round",
  exactness: '1e-12',

  predict(fitted, input, context) {
    const inner = context.predict(fitted.object_('detector_'), input, 'detector_');
    if (inner.kind !== 'outlier') throw fitted.wrong('detector_', 'an outlier detector');
    const score = ops.negate(inner.score);
    const label = ops.cast(ops.greater(score, fitted.number('threshold_')), 'int64');
    return { kind: 'outlier', label, score };
  },
};

/** Classes of PyOD, which PyCaret's anomaly detection saves. */
export const pyodConverters: readonly Converter[] = [aroundSklearn];
