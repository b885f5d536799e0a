import { type Formula, special } from './special.ts';

/**
 * erf(x), which has no float64 kernel in ONNX Runtime: W. J. Cody's rational approximations (Mathematics of
 * Computation 23, 1969), good to the last bits.
 */
export const errorFunction = special({ id: 'errorFunction', compute: bySeries, emit: emitRational });

/** 2/√π e^(−x²) Σ 2ⁿ x^(2n+1) / (2n+1)!!: all terms have one sign, so nothing cancels. */
function bySeries(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** Numerator and denominator in x² for |x| ≤ 0.46875, highest power first. */
const NEAR = {
  above: [0.18577770618460315, 3.1611237438705655, 113.86415415105016, 377.485237685302, 3209.3775891384694],
  below: [1, 23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171],
};
/** In |x| for 0.46875 < |x| ≤ 4, times e^(−x²): erfc. */
const MIDDLE = {
  above: [
    2.1531153547440383e-8, 0.5641884969886701, 8.883149794388377, 66.11919063714163, 298.6351381974001,
    881.952221241769, 1712.0476126340707, 2051.0783778260716, 1230.3393547979972,
  ],
  below: [
    1, 15.744926110709835, 117.6939508913125, 537.1811018620099, 1621.3895745666903, 3290.7992357334597,
    4362.619090143247, 3439.3676741437216, 1230.3393548037495,
  ],
};
/** In 1/x² beyond. */
const FAR = {
  above: [
    0.016315387137302097, 0.30532663496123236, 0.36034489994980445, 0.12578172611122926, 0.016083785148742275,
    0.0006587491615298378,
  ],
  below: [1, 2.568520192289822, 1.8729528499234673, 0.5279051029514285, 0.06051834131244132, 0.0023352049762686918],
};

function emitRational(f: Formula, x: string): string {
  const size = f.node('Min', f.node('Abs', x), 27); // beyond, erfc is 0 in float64
  const square = f.node('Mul', size, size);
  const near = f.node('Mul', f.node('Min', size, 1), ratio(f, square, NEAR));
  // e^(−x²) of a rounded x and the rest, so that the exponent is exact.
  const coarse = f.node('Div', f.node('Floor', f.node('Mul', size, 16)), 16);
  const rest = f.node('Mul', f.node('Sub', size, coarse), f.node('Add', size, coarse));
  const decay = f.node(
    'Mul',
    f.node('Exp', f.node('Neg', f.node('Mul', coarse, coarse))),
    f.node('Exp', f.node('Neg', rest)),
  );
  const middle = ratio(f, size, MIDDLE);
  const inverse = f.node('Div', 1, f.node('Max', square, 1));
  const tail = f.node('Sub', 0.5641895835477563, f.node('Mul', inverse, ratio(f, inverse, FAR)));
  const far = f.node('Div', tail, f.node('Max', size, 1));
  const complement = f.node('Mul', decay, f.where(f.node('Greater', size, 4), far, middle));
  const outer = f.node('Add', f.node('Sub', 0.5, complement), 0.5);
  const positive = f.where(f.node('Greater', size, 0.46875), outer, near);
  return f.node('Mul', f.node('Sign', x), positive);
}

function ratio(
  f: Formula,
  x: string,
  { above, below }: { readonly above: readonly number[]; readonly below: readonly number[] },
): string {
  return f.node('Div', f.polynomial(x, above), f.polynomial(x, below));
}
