import { ops, type Value } from '../../../ir/index.ts';
import { Features } from '../../model/features.ts';
import type { Converter } from '../converter.ts';
import type { Fitted } from '../fitted.ts';
import { bothClasses, checked, decisionPosition, scoresOf, sigmoid } from '../linear/scores.ts';

/** Linear discriminant analysis: a linear classifier, and a projection that separates the classes. */
export const linearDiscriminant: Converter = {
  types: ['sklearn.discriminant_analysis.LinearDiscriminantAnalysis'],
  became: 'matrix product, softmax or sigmoid; projection',
  exactness: '1e-12',
  state: (fitted) => `${fitted.classes().labels.length} classes`,

  transform(fitted, input) {
    const projected = projection(fitted, input);
    if (!projected)
      throw fitted.unsupported(
        "transform with solver='lsqr'",
        "Use solver='svd' or 'eigen'.",
        'scikit-learn has none either',
      );
    return new Features(
      [projected],
      Array.from({ length: projected.width }, (_, i) => `lineardiscriminantanalysis${i}`),
    );
  },

  predict(fitted, input) {
    const classes = fitted.classes();
    const scores = scoresOf(fitted, input, classes.labels.length);
    const probabilities = scores.width === 1 ? bothClasses(sigmoid(scores)) : ops.softmax(scores);
    return {
      kind: 'classifier',
      classes,
      position: decisionPosition(scores),
      scores,
      probabilities,
      transformed: projection(fitted, input),
    };
  },
};

/** (x − mean) · scalings with solver 'svd', x · scalings with 'eigen', nothing with 'lsqr'. */
function projection(fitted: Fitted, input: Features): Value | undefined {
  const solver = fitted.text('solver', 'svd');
  if (solver === 'lsqr' || !fitted.has('scalings_')) return undefined;
  const { shape, data } = fitted.array('scalings_');
  const [rows = 0, columns = 0] = shape;
  if (rows !== input.width) throw fitted.wrong('scalings_', `${input.width} rows`);
  const kept = Math.min(columns, fitted.number('_max_components', columns));
  const weights = Float64Array.from(
    { length: kept * rows },
    (_, i) => data[(i % rows) * columns + Math.floor(i / rows)] as number,
  );
  let x = checked(input.numbers());
  if (solver === 'svd') x = ops.subtract(x, fitted.vector('xbar_', rows));
  return kept ? ops.linear(x, weights) : undefined;
}
