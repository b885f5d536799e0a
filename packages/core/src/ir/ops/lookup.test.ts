import { expect, test } from 'vitest';
import { runOrt } from '../../../../../test/ort.ts';
import { emit } from '../emit.ts';
import { evaluator } from '../evaluate.ts';
import { input, value, type InputParams, type Model, type Value } from '../value.ts';
import { concat, interpolate, stepRows } from './index.ts';

function modelOf(width: number, of: (x: Value) => Value): Model {
  const columns = Array.from(
    { length: width },
    (_, i) => value(input, { name: `x${i}`, position: i }, [], 'float64', 1) as Value<InputParams>,
  );
  return { inputs: columns, form: 'array', outputs: [{ name: 'y', value: of(concat(columns)), flat: false }] };
}

async function answersOf(
  model: Model,
  rows: readonly (readonly number[])[],
): Promise<{ own: number[][]; ort: number[][] }> {
  const evaluate = evaluator(model);
  const own = rows.map((row) => Array.from(evaluate(row).get('y') as Float64Array));
  const width = model.inputs.length;
  const { y } = await runOrt(emit(model), {
    X: { dtype: 'float64', shape: [rows.length, width], data: Float64Array.from(rows.flat()) },
  });
  const data = y?.data as Float64Array;
  const outputs = data.length / rows.length;
  return { own, ort: rows.map((_, i) => Array.from(data.subarray(i * outputs, (i + 1) * outputs))) };
}

test('an edge belongs to the row above it', async () => {
  const steps = { edges: [-1, 0.1, 0.1, 5], rows: [0, 1, 2, 3, 4] };
  const alone = { edges: [], rows: [9, 9, 9, 9, 9].slice(0, 1) };
  const model = modelOf(2, (x) => stepRows(x, [steps, alone], 1));
  const rows = [-2, -1, 0.1, 0.09999999999999999, 4.999999, 5, 1e300, -Infinity, Infinity].map((x) => [x, x]);
  const { own, ort } = await answersOf(model, rows);
  expect(own.map(([row]) => row)).toEqual([0, 1, 3, 1, 3, 4, 4, 0, 4]);
  expect(own.every(([, row]) => row === 9)).toBe(true);
  expect(ort).toEqual(own);
});

/** `numpy.interp`, point by point. */
function interp(x: number, xs: readonly number[], ys: readonly number[]): number {
  if (Number.isNaN(x)) return x;
  if (x < (xs[0] as number)) return ys[0] as number;
  let j = 0;
  while (j + 1 < xs.length && (xs[j + 1] as number) <= x) j++;
  if (j === xs.length - 1) return ys[j] as number;
  const slope = ((ys[j + 1] as number) - (ys[j] as number)) / ((xs[j + 1] as number) - (xs[j] as number));
  return slope * (x - (xs[j] as number)) + (ys[j] as number);
}

test.for([
  { name: 'ascending', xs: [0, 0.3, 0.7, 2], ys: [1, 2, -1, 0.5] },
  { name: 'repeated points', xs: [0, 1, 1, 1, 2], ys: [0, 0.25, 0.5, 0.75, 1] },
  { name: 'all the same', xs: [3, 3, 3], ys: [0, 0.5, 1] },
  { name: 'one point', xs: [3], ys: [7] },
])('interpolates as NumPy: $name', async ({ xs, ys }) => {
  const model = modelOf(1, (x) => interpolate(x, [{ x: xs, y: ys }]));
  const rows = [-1, 0, 0.1, 0.3, 0.5, 0.7000000001, 1, 1.5, 2, 3, 4, NaN].map((x) => [x]);
  const { own, ort } = await answersOf(model, rows);
  expect(own).toEqual(rows.map(([x]) => [interp(x as number, xs, ys)]));
  expect(ort).toEqual(own);
});
