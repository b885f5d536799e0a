import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readOnnx } from '@slipway/core/onnx';
import { float32, joinRows, sliceRows, type Tensor } from '@slipway/core/tensor';
import { fixturesFolder } from '../../../../test/fixtures.ts';
import { batched } from './batched.ts';
import { onnxruntime } from './onnxruntime/index.ts';
import { probe } from './pays.ts';
import { place } from './place.ts';
import type { LoadedModel } from './runtime.ts';
import { loadThreaded } from './threaded/index.ts';

const graph = new Uint8Array(readFileSync(join(fixturesFolder, 'models/onnx-diabetes-mlp/model.onnx')));
let inline: LoadedModel;
let threaded: LoadedModel;
let input: string;
let width: number;
beforeAll(async () => {
  const model = readOnnx(graph);
  inline = await onnxruntime.load(model);
  const outputs = inline.outputs.map(({ name }) => name);
  threaded = await loadThreaded({ graph, runtime: 'onnx', pre: undefined, outputs });
  input = inline.inputs[0]?.name as string;
  width = inline.inputs[0]?.shape[1] as number;
});
afterAll(async () => {
  await inline[Symbol.asyncDispose]();
  await threaded[Symbol.asyncDispose]();
});

const rows = (count: number, from = 0): Record<string, Tensor> => ({
  [input]: float32(
    Array.from({ length: count * width }, (_, i) => Math.sin(i + from * width)),
    [count, width],
  ),
});
const valuesOf = (outputs: Readonly<Record<string, Tensor>>) => Object.values(outputs).map(({ data }) => [...data]);

describe('a model in a thread', () => {
  test('answers like the one here', async () => {
    expect(threaded.inputs).toEqual(inline.inputs);
    expect(valuesOf(await threaded.infer(rows(5)))).toEqual(valuesOf(await inline.infer(rows(5))));
  });

  test('gives errors with their codes, and goes on', async () => {
    await expect(threaded.infer({})).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect(valuesOf(await threaded.infer(rows(1)))).toEqual(valuesOf(await inline.infer(rows(1))));
  });

  test('is not waited for by whoever gives up', async () => {
    const abort = new AbortController();
    const asked = threaded.infer(rows(2000), { signal: abort.signal });
    abort.abort(new Error('gone'));
    await expect(asked).rejects.toThrow('gone');
    await expect(threaded.infer(rows(1), { signal: abort.signal })).rejects.toThrow('gone');
  });

  test('that cannot be loaded says why', async () => {
    const broken = { graph: graph.slice(0, 50), runtime: 'onnx', pre: undefined, outputs: undefined } as const;
    await expect(loadThreaded(broken)).rejects.toMatchObject({ code: expect.any(String) as string });
  });

  test('answers nobody after it was unloaded', async () => {
    const own = await loadThreaded({ graph, runtime: 'onnx', pre: undefined, outputs: undefined });
    const asked = own.infer(rows(200_000));
    await own[Symbol.asyncDispose]();
    await expect(asked).rejects.toThrow('ended');
    await expect(own.infer(rows(1))).rejects.toThrow('unloaded');
  });
});

describe('requests that run together', () => {
  /** Counts the rows of each run. */
  function counting(model: LoadedModel): { model: LoadedModel; runs: number[] } {
    const runs: number[] = [];
    const infer: LoadedModel['infer'] = (inputs, options) => {
      runs.push(inputs[input]?.shape[0] ?? 0);
      return model.infer(inputs, options);
    };
    return { model: { ...model, infer }, runs };
  }

  test('answer as alone, in few runs', async () => {
    const { model, runs } = counting(inline);
    const together = batched(model);
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => together.infer(rows(1 + (i % 3), i))));
    const alone = await Promise.all(Array.from({ length: 100 }, (_, i) => inline.infer(rows(1 + (i % 3), i))));
    // Sums of float32 may be added in another order in a larger product.
    for (const [i, answer] of answers.entries())
      for (const [k, values] of valuesOf(answer).entries())
        for (const [j, value] of values.entries())
          expect(value).toBeCloseTo(valuesOf(alone[i] as Record<string, Tensor>)[k]?.[j] as number, 3);
    expect(runs.length).toBeLessThan(10);
    expect(Math.max(...runs)).toBeLessThanOrEqual(64);
    expect(runs.reduce((sum, count) => sum + count, 0)).toBe(199);
  });

  test('an error has one owner', async () => {
    const together = batched({
      ...inline,
      infer: (inputs, options) =>
        Array.prototype.includes.call(inputs[input]?.data, 7)
          ? Promise.reject(new Error('seven'))
          : inline.infer(inputs, options),
    });
    const numbers = Float32Array.from({ length: width }, () => 7);
    const seven = { [input]: float32(numbers, [1, width]) };
    const answers = await Promise.allSettled([together.infer(rows(1)), together.infer(seven), together.infer(rows(2))]);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  test('whoever gives up leaves, large requests run alone, other widths apart', async () => {
    const { model, runs } = counting(inline);
    const together = batched(model);
    const abort = new AbortController();
    const gone = together.infer(rows(1), { signal: abort.signal });
    const stays = together.infer(rows(1));
    abort.abort(new Error('gone'));
    await expect(gone).rejects.toThrow('gone');
    await stays;
    await together.infer(rows(500));
    expect(runs).toEqual([1, 500]);
    const wrong = together.infer({ [input]: float32([1, 2], [1, 2]) });
    const right = together.infer(rows(1));
    await expect(wrong).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect(valuesOf(await right)).toEqual(valuesOf(await inline.infer(rows(1))));
  });
});

describe('where a model runs', () => {
  /** Takes so long for a run, whatever its rows, while nothing else happens here. */
  const slow = (ms: number): LoadedModel => ({
    ...inline,
    async infer(inputs) {
      for (const end = performance.now() + ms; performance.now() < end;);
      const one = await inline.infer(sliceRows(inputs, 0, 1));
      return joinRows(Array.from({ length: inputs[input]?.shape[0] ?? 0 }, () => one));
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
  const options = { graph, pre: undefined, outputs: [], example: undefined } as const;

  test('is measured', async () => {
    expect(await probe(slow(5))).toMatchObject({ batchPays: true });
    const heavy = await place({ row: undefined, batch: slow(5) }, { ...options, threads: 'auto' });
    expect([heavy.batch.id, heavy.batch.together]).toEqual(['onnx-thread', 64]);
    await heavy.batch[Symbol.asyncDispose]();
    const light = await place({ row: undefined, batch: slow(0.5) }, { ...options, threads: 'auto' });
    expect([light.batch.id, light.batch.together]).toEqual(['onnx', 64]);
    const kept = await place({ row: undefined, batch: slow(5) }, { ...options, threads: 'off' });
    expect([kept.batch.id, kept.batch.together]).toEqual(['onnx', 64]);
  });

  test('runs stay apart where rows together give other bits', async () => {
    const differs: LoadedModel = {
      ...slow(1),
      infer: (inputs) => {
        const count = inputs[input]?.shape[0] ?? 0;
        return Promise.resolve({
          y: float32(
            Array.from({ length: count }, () => count),
            [count, 1],
          ),
        });
      },
    };
    expect((await probe(differs)).batchPays).toBe(false);
  });

  test('a heavy model holds up nobody', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const began = performance.now();
    while (performance.now() - began < 400) await threaded.infer(rows(2000));
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
  });
});
