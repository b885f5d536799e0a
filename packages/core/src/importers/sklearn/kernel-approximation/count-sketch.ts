import { ops, type Value } from '../../../ir/index.ts';
import { numbered } from '../decomposition/components.ts';
import { checked } from '../linear/scores.ts';
import type { Converter } from '../converter.ts';
import type { Fitted } from '../fitted.ts';
import { wholeNumber } from '../whole-number.ts';

/** Numbers in the matrix of one sketch. */
const MOST_WEIGHTS = 2 ** 25;
/** Each adds matrix products. */
const MOST_DEGREE = 1000;
/** Beyond this the matrices of the Fourier transform become too large for a graph. */
const MOST_COMPONENTS = 1024;

/**
 * Random sketches of the columns, one for each degree, convolved on a circle.
 *
 * The library multiplies their Fourier transforms; here the transforms are matrices.
 */
export const polynomialCountSketch: Converter = {
  types: ['sklearn.kernel_approximation.PolynomialCountSketch'],
  became: 'matrix products',
  exactness: '1e-12',
  state: (fitted) => `degree ${fitted.number('degree', 2)}, ${fitted.number('n_components', 100)} components`,

  transform(fitted, input, context) {
    const sketches = sketchesOf(fitted, checked(input.numbers()));
    const size = fitted.number('n_components', 100);
    if (sketches.length === 1) return numbered(fitted, sketches[0] as Value, input);
    if (size > MOST_COMPONENTS)
      throw fitted.unsupported(`a PolynomialCountSketch of ${size} components`, `Use at most ${MOST_COMPONENTS}.`);
    context.warn(
      `${fitted.path} multiplies Fourier transforms, whose rounding depends on the library that computes them: where Python has noise ` +
        'instead of zero, trees behind it can decide otherwise.',
    );
    const [cosines, sines] = waves(size);
    let [real, imaginary] = [ops.linear(sketches[0] as Value, cosines), ops.linear(sketches[0] as Value, sines)];
    for (const sketch of sketches.slice(1)) {
      const [a, b] = [ops.linear(sketch, cosines), ops.linear(sketch, sines)];
      [real, imaginary] = [
        ops.subtract(ops.multiply(real, a), ops.multiply(imaginary, b)),
        ops.add(ops.multiply(real, b), ops.multiply(imaginary, a)),
      ];
    }
    const back = ops.add(ops.linear(real, cosines), ops.linear(imaginary, sines));
    return numbered(fitted, ops.divide(back, size), input);
  },
};

/** Each column, times ±√gamma, added to the place that its hash says; once for each degree. */
function sketchesOf(fitted: Fitted, x: Value): Value[] {
  const size = wholeNumber(fitted, 'n_components', 1, MOST_WEIGHTS / x.width, 100);
  const degree = wholeNumber(fitted, 'degree', 1, MOST_DEGREE, 2);
  const { shape, data: places } = fitted.array('indexHash_');
  const signs = fitted.vector('bitHash_', places.length);
  const coef0 = fitted.number('coef0', 0);
  const columns = x.width + (coef0 === 0 ? 0 : 1);
  if (shape[0] !== degree || shape[1] !== columns) throw fitted.wrong('indexHash_', `${degree} × ${columns} places`);
  const scaled = ops.multiply(x, Math.sqrt(fitted.number('gamma', 1)));
  return Array.from({ length: degree }, (_, d) => {
    const weights = new Float64Array(size * x.width);
    const bias = new Float64Array(size);
    for (let column = 0; column < columns; column++) {
      const place = places[d * columns + column] as number;
      const sign = signs[d * columns + column] as number;
      if (!(place >= 0 && place < size)) throw fitted.wrong('indexHash_', `places below ${size}`);
      if (column < x.width) weights[place * x.width + column] = sign;
      else bias[place] = sign * Math.sqrt(coef0);
    }
    return coef0 === 0 ? ops.linear(scaled, weights) : ops.linear(scaled, weights, bias);
  });
}

/** cos and −sin of 2π·j·k / size. Both are symmetric, so that they serve both ways. */
function waves(size: number): [Float64Array, Float64Array] {
  const angle = (i: number): number => (2 * Math.PI * ((Math.floor(i / size) * (i % size)) % size)) / size;
  return [
    Float64Array.from({ length: size * size }, (_, i) => Math.cos(angle(i))),
    Float64Array.from({ length: size * size }, (_, i) => -Math.sin(angle(i))),
  ];
}
