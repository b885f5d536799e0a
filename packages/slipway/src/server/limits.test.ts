import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleModel, sampleRow } from '../../../../test/sample-model.ts';
import { ModelPlane } from '../engine/index.ts';
import { startServer, type RunningServer } from './index.ts';

let server: RunningServer;
beforeAll(async () => {
  const plane = new ModelPlane();
  await plane.serve(['churn'], () => sampleModel({ sizes: { maxRows: 100, maxElements: 400 } }));
  await plane.serve(['few'], () => sampleModel({ name: 'few', sizes: { maxRows: 10, maxElements: 1e6 } }));
  const limits = { maxJsonDepth: 8, maxHeaderBytes: 2048 };
  server = await startServer({ plane, version: '0.0.0', port: 0, limits });
});
afterAll(() => server.close());

const post = (model: string, body: string, type = 'application/json') =>
  fetch(`${server.url}/predict/${model}?extra=ignore`, { method: 'POST', headers: { 'content-type': type }, body });
const rows = (count: number) => JSON.stringify(Array.from({ length: count }, () => sampleRow));
const csv = (count: number) => `age,plan,region,senior\n${'41,gold,north,true\n'.repeat(count)}`;
const lines = (count: number) => `${JSON.stringify(sampleRow)}\n`.repeat(count);
const nested = (depth: number, inside = '') =>
  JSON.stringify({ ...sampleRow, note: '[[[['.repeat(20), more: 0 }).replace(
    '"more":0',
    `"more":${'['.repeat(depth - 1)}${inside}${']'.repeat(depth - 1)}`,
  );

test.for([
  ['few', 'JSON', rows(10), 'application/json', undefined],
  ['few', 'JSON', rows(11), 'application/json', '10 rows'],
  ['few', 'CSV', csv(10), 'text/csv', undefined],
  ['few', 'CSV', csv(11), 'text/csv', '10 rows'],
  ['few', 'JSON lines', lines(10), 'application/x-ndjson', undefined],
  ['few', 'JSON lines', lines(11), 'application/x-ndjson', '10 rows'],
  ['churn', 'JSON', rows(80), 'application/json', undefined],
  ['churn', 'JSON', rows(81), 'application/json', '400 elements'],
  ['churn', 'CSV', csv(81), 'text/csv', '400 elements'],
  ['churn', 'nested', nested(8), 'application/json', undefined],
  ['churn', 'nested', nested(9), 'application/json', '8 levels'],
  ['churn', 'nested', nested(9), 'text/json', '8 levels'],
  ['churn', 'nested', nested(100_000), 'application/json', '8 levels'],
  ['churn', 'not closed', '['.repeat(100_000), 'application/json', '8 levels'],
  ['churn', 'brackets in a text', nested(8, String.raw`"\\\"[[[[[[[["`), 'application/json', undefined],
  ['churn', 'many objects', rows(50), 'application/json', undefined],
] as const)('%s, %s: %.20s', async ([model, , body, type, limit]) => {
  const response = await post(model, body, type);
  const text = await response.text();
  if (limit === undefined) return expect(response.status, text).toBe(200);
  const answer = JSON.parse(text) as { code?: string; detail?: string };
  return expect([response.status, answer.code, answer.detail]).toEqual([
    413,
    'TOO_LARGE',
    expect.stringContaining(limit),
  ]);
});

test('headers have a limit too', async () => {
  const response = await fetch(`${server.url}/healthz`, { headers: { 'x-long': 'x'.repeat(3000) } });
  expect([response.status, ((await response.json()) as { detail: string }).detail]).toEqual([
    431,
    'The request line and headers are larger than the limit of 2 KiB.',
  ]);
});
