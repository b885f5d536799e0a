import { ops, type Value } from '../../../ir/index.ts';
import { NdArray, type Fitted } from '../fitted.ts';
import { sigmoid } from '../linear/scores.ts';

/** What a fitted calibrator makes of one column of scores. */
export function calibrate(calibrator: Fitted, score: Value): Value {
  if (calibrator.name === '_SigmoidCalibration') {
    const line = ops.add(ops.multiply(score, calibrator.number('a_')), calibrator.number('b_'));
    return sigmoid(ops.negate(line));
  }
  if (calibrator.name === 'IsotonicRegression') return isotonic(calibrator, score);
  throw calibrator.unsupported(`calibration by ${calibrator.type}`, 'Use method="sigmoid" or "isotonic".');
}

/** Linear between thresholds, the first and last value outside. Calibrators of float32 scores keep float32. */
function isotonic(calibrator: Fitted, score: Value): Value {
  const thresholds = calibrator.raw('X_thresholds_');
  const isSingle = thresholds instanceof NdArray && thresholds.dtype.itemSize === 4;
  const x = calibrator.vector('X_thresholds_');
  const y = calibrator.vector('y_thresholds_', x.length);
  const within = isSingle ? asSingle(score) : score;
  const result = x.length === 1 ? ops.repeat(y, within) : ops.interpolate(within, [{ x, y }]);
  return isSingle ? asSingle(result) : result;
}

function asSingle(x: Value): Value {
  return ops.cast(ops.cast(x, 'float32'), 'float64');
}
