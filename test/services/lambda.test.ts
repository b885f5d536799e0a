import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerDifference, testVectors } from '../../packages/slipway/src/delivery/test-vectors.ts';
import { makePackage } from '../../packages/slipway/src/intake/index.ts';
import { startFunction, type EmulatedFunction } from './lambda-emulator.ts';
import { run } from './run.ts';

const root = join(import.meta.dirname, '../..');
const home = mkdtempSync(join(tmpdir(), 'slipway-lambda-'));
const out = join(home, 'function');
const file = join(root, 'examples/churn/model.joblib');
let started: EmulatedFunction;

beforeAll(async () => {
  const slipway = join(root, 'packages/slipway/bin/slipway.mjs');
  const words = ['build', file, '--name', 'churn', '--target', 'aws-lambda', '--out', out, '--home', home];
  await run(process.execPath, [slipway, ...words]);
  // What is uploaded is what runs.
  await run('python3', ['-m', 'zipfile', '-e', join(out, 'function.zip'), join(home, 'unpacked')]);
  started = await startFunction(join(home, 'unpacked'));
}, 120_000);
afterAll(() => {
  started?.stop();
  rmSync(home, { recursive: true, force: true });
});

test('behind the Runtime Interface Emulator every golden is answered, over HTTP events and directly', async () => {
  const { pkg } = await makePackage(file, { home, cache: true });
  const vectors = testVectors(pkg);
  const wrong: unknown[] = [];
  const times: number[] = [];
  for (const { row, answer, tolerance } of vectors) {
    const { result } = await started.invoke(row);
    wrong.push(answerDifference(answer, result, tolerance));
    const http = { http: { method: 'POST', path: '/predict' }, stage: '$default' };
    const event = { version: '2.0', rawPath: '/predict', rawQueryString: '', requestContext: http };
    const { result: reply, ms } = await started.invoke({ ...event, body: JSON.stringify(row) });
    const { statusCode, body } = reply as { statusCode: number; body: string };
    wrong.push(statusCode === 200 ? answerDifference(answer, JSON.parse(body), tolerance) : body);
    times.push(ms);
  }
  expect(wrong.filter(Boolean)).toEqual([]);
  expect(times.length).toBeGreaterThan(5);
});

test('wrong rows of a direct invoke fail with the code', async () => {
  const { result } = await started.invoke({ age: 'old' });
  expect(result).toMatchObject({ errorType: 'INVALID_INPUT', errorMessage: expect.stringContaining('age') as string });
});
