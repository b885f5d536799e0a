import { describe, expect, test } from 'vitest';
import { runOrt } from '../../../../../test/ort.ts';
import { emit } from '../emit.ts';
import { evaluator } from '../evaluate.ts';
import { input, value, type InputParams, type Model, type Value } from '../value.ts';
import * as ops from './index.ts';

/** One column in, `of` of it out. */
function modelOf(of: (x: Value) => Value): Model {
  const x = value(input, { name: 'x', position: 0 }, [], 'float64', 1) as Value<InputParams>;
  return { inputs: [x], form: 'array', outputs: [{ name: 'y', value: of(x), flat: true }] };
}

async function onOrt(model: Model, rows: readonly number[]): Promise<number[]> {
  const data = Float64Array.from(rows);
  const { y } = await runOrt(emit(model), { X: { dtype: 'float64', shape: [rows.length, 1], data } });
  return Array.from(y?.data as Float64Array);
}

/** Relative where the number is large, absolute below 1. */
function error(actual: number, expected: number): number {
  if (Object.is(actual, expected) || actual === expected) return 0;
  return Math.abs(actual - expected) / Math.max(1, Math.abs(expected));
}

const wide = [0, -0, 1e-300, 1e-12, -1e-9, 3e-4, 0.25, -0.5, 0.65, 0.67, 1, -1, 2.4, 2.5, -7.5, 30, 1e3, -1e5, 1e9];
const unit = [0, 1e-17, -1e-12, 1e-5, 0.1, -0.3, 0.5, 0.9, -0.999999, 1];

const functions: readonly (readonly [string, (x: Value) => Value, (x: number) => number, readonly number[]])[] = [
  ['logOfOnePlus', ops.logOfOnePlus, Math.log1p, [...unit, -1, 5, 1e16, 1e308, Infinity, NaN]],
  [
    'exponentialMinusOne',
    ops.exponentialMinusOne,
    Math.expm1,
    [...wide.filter((x) => x < 700), 709, -750, Infinity, -Infinity, NaN],
  ],
  ['cosine', ops.cosine, Math.cos, wide.filter((x) => Math.abs(x) < 1e6)],
  ['tangent', ops.tangent, Math.tan, [0, 0.3, -1, 1.5, 3, 10]],
  ['hyperbolicSine', ops.hyperbolicSine, Math.sinh, [...unit, 3, -20, 700, -Infinity]],
  ['hyperbolicCosine', ops.hyperbolicCosine, Math.cosh, [...unit, 3, -20, 700]],
  ['inverseHyperbolicSine', ops.inverseHyperbolicSine, Math.asinh, [...wide, 1e200, -1e308, NaN]],
  ['inverseHyperbolicTangent', ops.inverseHyperbolicTangent, Math.atanh, [...unit, -1]],
  ['inverseTangent', ops.inverseTangent, Math.atan, [...wide, Infinity, -Infinity, NaN]],
  ['inverseSine', ops.inverseSine, Math.asin, [...unit, -1]],
  ['inverseCosine', ops.inverseCosine, Math.acos, [...unit, -1]],
];

describe('composed of operators with float64 kernels', () => {
  test.for(functions)('%s', async ([name, own, exact, rows]) => {
    const model = modelOf(own);
    const evaluate = evaluator(model);
    const answers = await onOrt(model, rows);
    rows.forEach((x, i) => {
      expect(error(answers[i] as number, exact(x)), `${name}(${x})`).toBeLessThan(4e-15);
      expect(error((evaluate([x]).get('y') as Float64Array)[0] as number, exact(x)), `${name}(${x})`).toBeLessThan(
        4e-15,
      );
    });
  });

  test('small arguments keep their digits', async () => {
    const rows = [1e-20, -3e-14, 7e-9];
    const logs = await onOrt(modelOf(ops.logOfOnePlus), rows);
    const powers = await onOrt(modelOf(ops.exponentialMinusOne), rows);
    rows.forEach((x, i) => {
      expect((logs[i] as number) / Math.log1p(x)).toBeCloseTo(1, 14);
      expect((powers[i] as number) / Math.expm1(x)).toBeCloseTo(1, 14);
    });
  });
});

/** `scipy.special.ndtri` of SciPy 1.17. */
const quantiles: readonly (readonly [number, number])[] = [
  [0, -Infinity],
  [1e-300, -37.0470962993612],
  [1e-15, -7.941345326170998],
  [1e-7, -5.1993375821928165],
  [0.01, -2.3263478740408408],
  [0.13533528323661267, -1.10151962849875],
  [0.3, -0.5244005127080409],
  [0.5, 0],
  [0.8, 0.8416212335729143],
  [0.975, 1.959963984540054],
  [0.9999999, 5.199337582290661],
  [1, Infinity],
];

test('quantiles of the normal distribution', async () => {
  const model = modelOf(ops.normalQuantile);
  const answers = await onOrt(model, [...quantiles.map(([p]) => p), NaN, -0.1, 1.1]);
  const evaluate = evaluator(model);
  quantiles.forEach(([p, expected], i) => {
    expect(error(answers[i] as number, expected), `${p}`).toBeLessThan(1e-13);
    const own = (evaluate([p]).get('y') as Float64Array)[0] as number;
    expect(error(answers[i] as number, own), `${p}`).toBeLessThan(1e-14);
  });
  expect(answers.slice(quantiles.length)).toEqual([NaN, NaN, NaN]);
});
