import { special, type Formula } from './special.ts';

/** Numerators and denominators from the highest power down (Cephes, Moshier, `ndtr.c`). */
const P = [
  2.461969814735305e-10, 0.5641895648310689, 7.463210564422699, 48.63719709856814, 196.5208329560771, 526.4451949954773,
  934.5285271719576, 1027.5518868951572, 557.5353353693994,
];
const Q = [
  1, 13.228195115474499, 86.70721408859897, 354.9377788878199, 975.7085017432055, 1823.9091668790973,
  2246.3376081871097, 1656.6630919416134, 557.5353408177277,
];
const R = [
  0.5641895835477551, 1.275366707599781, 5.019050422511805, 6.160210979930536, 7.4097426995044895, 2.9788666537210022,
];
const S = [
  1, 2.2605286322011726, 9.396035249380015, 12.048953980809666, 17.08144507475659, 9.608968090632859, 3.369076451000815,
];
const T = [9.604973739870516, 90.02601972038427, 2232.005345946843, 7003.325141128051, 55592.30130103949];
const U = [1, 33.56171416475031, 521.3579497801527, 4594.323829709801, 22629.000061389095, 49267.39426086359];

const ROOT_OF_HALF = Math.SQRT1_2;

/** Share of the standard normal distribution below x (`scipy.special.ndtr`). */
export const normalShare = special({ id: 'normalShare', compute: share, emit });

function share(x: number): number {
  const scaled = x * ROOT_OF_HALF;
  const z = Math.abs(scaled);
  if (z < 1) return 0.5 + 0.5 * ((scaled * horner(scaled * scaled, T)) / horner(scaled * scaled, U));
  const tail = 0.5 * beyond(z);
  return scaled > 0 ? 1 - tail : tail;
}

/** erfc(z) for z from 1 on. */
function beyond(z: number): number {
  const fraction = z < 8 ? horner(z, P) / horner(z, Q) : horner(z, R) / horner(z, S);
  return Math.exp(-z * z) * fraction;
}

function horner(x: number, coefficients: readonly number[]): number {
  return coefficients.reduce((sum, next) => sum * x + next);
}

function emit(f: Formula, x: string): string {
  const scaled = f.node('Mul', x, ROOT_OF_HALF);
  const squared = f.node('Mul', scaled, scaled);
  const near = f.node('Div', f.node('Mul', scaled, f.polynomial(squared, T)), f.polynomial(squared, U));
  // Each branch is computed for all rows: where it is not used its argument is kept small enough to stay finite.
  const z = f.node('Min', f.node('Abs', scaled), 40);
  const middle = f.node('Div', f.polynomial(z, P), f.polynomial(z, Q));
  const far = f.node('Div', f.polynomial(z, R), f.polynomial(z, S));
  const fraction = f.where(f.node('Less', z, 8), middle, far);
  const tail = f.node('Mul', f.node('Mul', f.node('Exp', f.node('Neg', f.node('Mul', z, z))), fraction), 0.5);
  const outside = f.where(f.node('Greater', scaled, 0), f.node('Sub', 1, tail), tail);
  return f.where(f.node('Less', z, 1), f.node('Add', f.node('Mul', near, 0.5), 0.5), outside);
}
