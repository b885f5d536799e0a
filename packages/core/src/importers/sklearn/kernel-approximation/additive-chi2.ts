import { ops, type Value } from '../../../ir/index.ts';
import { checked } from '../linear/scores.ts';
import { Features } from '../../model/features.ts';
import type { Converter } from '../converter.ts';
import type { Fitted } from '../fitted.ts';
import { wholeNumber } from '../whole-number.ts';

/** Each adds operations; people take up to three. */
const MOST_STEPS = 1000;

/** Sampling steps that the library chooses by their number. */
const INTERVALS: readonly (number | undefined)[] = [undefined, 0.8, 0.5, 0.4];

/** √(x·i), then √(2·x·i / cosh(π·j·i)) times cos and sin of j·i·log x for each step j; zeros stay zeros. */
export const additiveChi2Sampler: Converter = {
  types: ['sklearn.kernel_approximation.AdditiveChi2Sampler'],
  became: 'roots, logarithm, cosine and sine',
  exactness: '1e-12',
  sparse: 'kept',
  state: (fitted) => `${fitted.number('sample_steps', 2)} steps`,

  transform(fitted, input) {
    const x = ops.within(checked(input.numbers()), { always: [{ refuses: 'below', value: 0 }] });
    const steps = wholeNumber(fitted, 'sample_steps', 1, MOST_STEPS, 2);
    const interval = intervalOf(fitted, steps);
    const isZero = ops.equal(x, 0);
    const kept = (y: Value): Value => ops.where(isZero, 0, y);
    const angle = ops.multiply(ops.logarithm(x), interval);
    const twice = ops.multiply(ops.multiply(x, 2), interval);
    const parts = [kept(ops.squareRoot(ops.multiply(x, interval)))];
    const names = [(name: string) => `${name}_sqrt`];
    for (let j = 1; j < steps; j++) {
      const factor = ops.squareRoot(ops.divide(twice, Math.cosh(Math.PI * j * interval)));
      const turned = ops.multiply(angle, j);
      parts.push(kept(ops.multiply(factor, ops.cosine(turned))), kept(ops.multiply(factor, ops.sine(turned))));
      names.push(
        (name) => `${name}_cos${j}`,
        (name) => `${name}_sin${j}`,
      );
    }
    return new Features(
      [ops.concat(parts)],
      input.names && names.flatMap((of) => input.names?.map((name) => `additivechi2sampler_${of(name)}`) ?? []),
    );
  },
};

/** From 1.3 on chosen for each transform, before kept as `sample_interval_`. */
function intervalOf(fitted: Fitted, steps: number): number {
  for (const name of ['sample_interval_', '_sample_interval', 'sample_interval'])
    if (fitted.has(name)) return fitted.number(name);
  const interval = INTERVALS[steps];
  if (interval === undefined) throw fitted.wrong('sample_steps', '1, 2 or 3');
  return interval;
}
