import { expect, test } from 'vitest';
import { runOrt } from '../../../../../test/ort.ts';
import { emit } from '../emit.ts';
import { evaluator } from '../evaluate.ts';
import { input, value, type InputParams, type Model, type Value } from '../value.ts';
import * as ops from './index.ts';

const nan = NaN;
/** Donors, with what scikit-learn 1.9 answers for the rows below. */
const donors = [
  [1, 2, nan],
  [3, 4, 3],
  [nan, 6, 5],
  [8, 8, 7],
  [nan, nan, 9],
];
const rows = [
  [1, 2, nan],
  [nan, 6, 5],
  [nan, nan, nan],
  [8, nan, nan],
  [0, 1, 2],
];

function modelOf(weights: 'uniform' | 'distance', neighbors: number): Model {
  const inputs = rows[0]?.map(
    (_, position) => value(input, { name: `x${position}`, position }, [], 'float64', 1) as Value<InputParams>,
  ) as Value<InputParams>[];
  const y = ops.imputeFromDonors(ops.concat(inputs), {
    rows: Float64Array.from(donors.flat()),
    columns: [0, 1, 2],
    neighbors,
    weights,
    countsStrangers: false,
  });
  return { inputs, form: 'array', outputs: [{ name: 'y', value: y, flat: false }] };
}

const expected: readonly { weights: 'uniform' | 'distance'; neighbors: number; answers: readonly number[] }[] = [
  { weights: 'uniform', neighbors: 1, answers: [1, 2, 3, 3, 6, 5, 4, 5, 6, 8, 8, 7, 0, 1, 2] },
  { weights: 'uniform', neighbors: 2, answers: [1, 2, 4, 5.5, 6, 5, 4, 5, 6, 8, 6, 5, 0, 1, 2] },
  { weights: 'uniform', neighbors: 9, answers: [1, 2, 5, 4, 6, 5, 4, 5, 6, 8, 14 / 3, 5, 0, 1, 2] },
  { weights: 'distance', neighbors: 2, answers: [1, 2, 11 / 3, 5.5, 6, 5, 4, 5, 6, 8, 8, 7, 0, 1, 2] },
  { weights: 'distance', neighbors: 9, answers: [1, 2, 4.232655105615569, 4.6, 6, 5, 4, 5, 6, 8, 8, 7, 0, 1, 2] },
];

test.for(expected)('$neighbors neighbours, $weights weights', async ({ weights, neighbors, answers }) => {
  const model = modelOf(weights, neighbors);
  const evaluate = evaluator(model);
  const data = Float64Array.from(rows.flat());
  const { y } = await runOrt(emit(model), { X: { dtype: 'float64', shape: [rows.length, 3], data } });
  const close = answers.map((cell) => expect.closeTo(cell, 13));
  expect([...(y as { data: Float64Array }).data]).toEqual(close);
  expect(rows.flatMap((row) => [...(evaluate(row).get('y') as Float64Array)])).toEqual(close);
});
