import { expect, test } from 'vitest';
import { float64, type Tensor } from '../../tensor/index.ts';
import type { Servable } from '../protocol.ts';
import { runRows } from './run.ts';

const never = new AbortController().signal;

/** A graph for one row at a time, whose answer is as long as `lengths` says. */
function single(lengths: readonly number[]) {
  const asked: number[] = [];
  const model = {
    signature: { oneByOne: true },
    rows: {},
    infer(inputs: Readonly<Record<string, Tensor>>, count: number) {
      const row = Number(inputs['x']?.data[0]);
      asked.push(count);
      const length = lengths[row] ?? 1;
      return Promise.resolve({
        y: float64(
          Array.from({ length }, () => row),
          [1, length],
        ),
      });
    },
  } as unknown as Servable;
  return { model, asked };
}
const rows = (count: number) => ({
  count,
  tensors: {
    x: float64(
      Array.from({ length: count }, (_, i) => i),
      [count, 1],
    ),
  },
});

test('a graph for one row at a time is asked row by row', async () => {
  const { model, asked } = single([2, 2, 2]);
  const { y } = await runRows(model, rows(3), never);
  expect(y).toEqual(float64([0, 0, 1, 1, 2, 2], [3, 2]));
  expect(asked).toEqual([1, 1, 1]);
});

test('answers that differ in shape cannot be one tensor', async () => {
  const { model } = single([2, 3]);
  await expect(runRows(model, rows(2), never)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  expect((await runRows(model, rows(1), never))['y']?.shape).toEqual([1, 2]);
});
