import { ops } from '../../../ir/index.ts';
import type { Converter } from '../converter.ts';
import { numbersOf, type Fitted } from '../fitted.ts';
import { checked } from '../linear/scores.ts';

/** −½ (‖(x − mean) · rotation / √scaling‖² + Σ log scaling) + log prior of each class. */
export const quadraticDiscriminant: Converter = {
  types: ['sklearn.discriminant_analysis.QuadraticDiscriminantAnalysis'],
  became: 'squared distance to each class, softmax',
  exactness: '1e-12',
  state: (fitted) => `${fitted.classes().labels.length} classes`,

  predict(fitted, input) {
    const classes = fitted.classes();
    const count = classes.labels.length;
    const width = input.width;
    const means = fitted.vector('means_', count * width);
    const priors = fitted.vector('priors_', count);
    const scalings = arrays(fitted, 'scalings_', count);
    const x = checked(input.numbers());
    const distances = arrays(fitted, 'rotations_', count).map((rotation, k) => {
      const scaling = scalings[k] as Float64Array;
      const rank = scaling.length;
      if (rotation.length !== rank * width) throw fitted.wrong('rotations_', `${width} × ${rank} numbers`);
      const weights = Float64Array.from({ length: rank * width }, (_, i) => {
        const column = Math.floor(i / width);
        return (rotation[(i % width) * rank + column] as number) * (scaling[column] as number) ** -0.5;
      });
      return ops.sumOfSquares(ops.linear(ops.subtract(x, means.slice(k * width, (k + 1) * width)), weights));
    });
    const logs = scalings.map((scaling) => scaling.reduce((sum, own) => sum + Math.log(own), 0));
    const joint = ops.add(ops.multiply(ops.add(ops.concat(distances), logs), -0.5), priors.map(Math.log));
    const scores = count === 2 ? ops.subtract(ops.select(joint, [1]), ops.select(joint, [0])) : joint;
    return {
      kind: 'classifier',
      classes,
      position: ops.positionOfLargest(joint),
      scores,
      probabilities: ops.softmax(joint),
    };
  },
};

function arrays(fitted: Fitted, name: string, count: number): Float64Array[] {
  const found = fitted.list(name).map((own) => numbersOf(own)?.data);
  if (found.length !== count || !found.every((own) => own !== undefined)) throw fitted.wrong(name, `${count} arrays`);
  return found;
}
