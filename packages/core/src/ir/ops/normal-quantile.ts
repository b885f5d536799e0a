import { special, type Formula } from './special.ts';

/** Numerators and denominators from the highest power down (Cephes, Moshier, `ndtri.c`). */
const P0 = [-59.96335010141079, 98.00107541859997, -56.67628574690703, 13.931260938727968, -1.2391658386738125];
const Q0 = [
  1, 1.9544885833814176, 4.676279128988815, 86.36024213908905, -225.46268785411937, 200.26021238006066,
  -82.03722561683334, 15.90562251262117, -1.1833162112133,
];
const P1 = [
  4.0554489230596245, 31.525109459989388, 57.16281922464213, 44.08050738932008, 14.684956192885803, 2.1866330685079025,
  -0.1402560791713545, -0.03504246268278482, -0.0008574567851546854,
];
const Q1 = [
  1, 15.779988325646675, 45.39076351288792, 41.3172038254672, 15.04253856929075, 2.504649462083094,
  -0.14218292285478779, -0.03808064076915783, -0.0009332594808954574,
];
const P2 = [
  3.2377489177694603, 6.915228890689842, 3.9388102529247444, 1.3330346081580755, 0.20148538954917908,
  0.012371663481782003, 0.00030158155350823543, 2.6580697468673755e-6, 6.239745391849833e-9,
];
const Q2 = [
  1, 6.02427039364742, 3.6798356385616087, 1.3770209948908132, 0.21623699359449663, 0.013420400608854318,
  0.00032801446468212774, 2.8924786474538068e-6, 6.790194080099813e-9,
];

const TAIL = 0.1353352832366127; // exp(−2)
const ROOT_OF_TAU = 2.5066282746310007; // √(2π)

/** Quantile of the standard normal distribution (`scipy.special.ndtri`): −∞ at 0, ∞ at 1, NaN outside. */
export const normalQuantile = special({ id: 'normalQuantile', compute: quantile, emit });

function quantile(p: number): number {
  if (p === 0) return -Infinity;
  if (p === 1) return Infinity;
  if (!(p > 0 && p < 1)) return NaN;
  const upper = p > 1 - TAIL;
  const tail = upper ? 1 - p : p;
  if (tail > TAIL) {
    const y = tail - 0.5;
    const z = y * y;
    return (y + y * ((z * horner(z, P0)) / horner(z, Q0))) * ROOT_OF_TAU;
  }
  const x = Math.sqrt(-2 * Math.log(tail));
  const z = 1 / x;
  const correction = x < 8 ? (z * horner(z, P1)) / horner(z, Q1) : (z * horner(z, P2)) / horner(z, Q2);
  const size = x - Math.log(x) / x - correction;
  return upper ? size : -size;
}

function horner(x: number, coefficients: readonly number[]): number {
  let sum = 0;
  for (const coefficient of coefficients) sum = sum * x + coefficient;
  return sum;
}

function emit(f: Formula, p: string): string {
  const upper = f.node('Greater', p, 1 - TAIL);
  const tail = f.where(upper, f.node('Sub', 1, p), p);
  const y = f.node('Sub', tail, 0.5);
  const y2 = f.node('Mul', y, y);
  const ratio = f.node('Div', f.node('Mul', y2, f.polynomial(y2, P0)), f.polynomial(y2, Q0));
  const central = f.node('Mul', f.node('Add', y, f.node('Mul', y, ratio)), ROOT_OF_TAU);
  const x = f.node('Sqrt', f.node('Mul', -2, f.node('Log', tail)));
  const z = f.node('Div', 1, x);
  const near = f.node('Div', f.node('Mul', z, f.polynomial(z, P1)), f.polynomial(z, Q1));
  const far = f.node('Div', f.node('Mul', z, f.polynomial(z, P2)), f.polynomial(z, Q2));
  const correction = f.where(f.node('Less', x, 8), near, far);
  const size = f.node('Sub', f.node('Sub', x, f.node('Div', f.node('Log', x), x)), correction);
  const outer = f.where(upper, size, f.node('Neg', size));
  const inside = f.where(f.node('Greater', tail, TAIL), central, outer);
  // The logarithms have no finite value at the ends.
  return f.where(f.node('Equal', p, 0), -Infinity, f.where(f.node('Equal', p, 1), Infinity, inside));
}
