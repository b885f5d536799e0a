import { ops } from '../../ir/index.ts';
import { mahalanobis } from '../sklearn/covariance/elliptic-envelope.ts';
import type { Converter } from '../sklearn/converter.ts';
import { matrixOf } from '../sklearn/linear/matrix.ts';
import { checked } from '../sklearn/linear/scores.ts';
import { detected } from './detector.ts';
import { widthOf } from './width.ts';

/** MCD: the squared distance to a robust centre, in units of the covariance. */
export const robustCovariance: Converter = {
  types: ['pyod.models.mcd.MCD'],
  became: 'squared Mahalanobis distance',
  exactness: '1e-12',
  columns: (fitted) => widthOf(fitted, 'detector_'),

  predict(fitted, input) {
    const inner = fitted.within(fitted.object_('detector_'), 'detector_');
    return detected(fitted, mahalanobis(inner, input));
  },
};

/** PCA: the distances to the selected components, each divided by its weight, added. */
export const components: Converter = {
  types: ['pyod.models.pca.PCA'],
  became: 'distances to components, weighted',
  exactness: '1e-12',
  columns: (fitted) => widthOf(fitted, 'detector_'),

  predict(fitted, input, context) {
    const scaled = fitted.flag('standardization', true)
      ? context.transform(fitted.object_('scaler_'), input, 'scaler_')
      : input;
    const points = matrixOf(fitted, 'selected_components_');
    if (points.shape[1] !== input.width) throw fitted.wrong('selected_components_', `rows of ${input.width} numbers`);
    const x = checked(scaled.numbers());
    const distances = ops.squareRoot(ops.compare(x, points.data, { kind: 'squares' }));
    const weights = fitted.vector('selected_w_components_', distances.width);
    return detected(fitted, ops.sum(ops.divide(distances, weights)));
  },
};
