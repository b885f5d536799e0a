import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleModel, sampleProbability, sampleRow } from '../../../../test/sample-model.ts';
import { ModelPlane } from '../engine/index.ts';
import { startServer, type RunningServer } from './index.ts';

let server: RunningServer;
beforeAll(async () => {
  const plane = new ModelPlane();
  await plane.serve(['churn'], () => sampleModel());
  server = await startServer({ plane, version: '0.0.0', port: 0, limits: { maxBodyBytes: 5_000_000 } });
});
afterAll(() => server.close());

const json = { 'content-type': 'application/json' };
const post = (body: RequestInit['body'], headers: Record<string, string> = json, path = '/predict') =>
  fetch(server.url + path, { method: 'POST', headers, ...(body === undefined ? {} : { body }) });
/** Equal but for the last bits: the exponential of compiled code is not that of JavaScript's library. */
function expectNear(found: readonly number[], expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  const far = found.filter((value, i) => !(Math.abs(value - (expected[i] as number)) <= 1e-15));
  expect(far).toEqual([]);
}

const answerTo = (row: Parameters<typeof sampleProbability>[0]) => {
  const yes = sampleProbability(row);
  return { prediction: yes > 0.5 ? 'Yes' : 'No', probabilities: { No: 1 - yes, Yes: yes } };
};

test('one row, one answer, and who answered', async () => {
  const response = await post(JSON.stringify(sampleRow));
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual(answerTo(sampleRow));
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'application/json',
    'x-slipway-model': 'churn:3',
    'x-slipway-digest': `sha256:${'ab12'.repeat(16)}`,
    'x-content-type-options': 'nosniff',
  });
  expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f]{12}-[0-9a-z]+$/);
});

test.for([
  '/predict/churn',
  '/predict/churn:3',
  '/predict/churn%3A3',
  `/predict/churn@sha256:${'ab12'.repeat(16)}`,
  '/predict/churn@sha256:ab12ab12',
])('%s', async (path) => {
  expect((await post(JSON.stringify(sampleRow), json, path)).status).toBe(200);
});

test.for(['/predict/other', '/predict/churn:4', '/predict/churn@champion', '/predict/churn@sha256:ffff'])(
  '%s is not there',
  async (path) => {
    const response = await post(JSON.stringify(sampleRow), json, path);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'MODEL_NOT_FOUND', type: 'urn:slipway:error:MODEL_NOT_FOUND' });
  },
);

test('a batch, with missing and unknown values', async () => {
  const rows = [sampleRow, { ...sampleRow, age: null, plan: null }, { ...sampleRow, plan: 'platinum' }];
  const answers = (await (await post(JSON.stringify(rows))).json()) as unknown[];
  expect(answers).toEqual([
    answerTo(sampleRow),
    answerTo({ ...sampleRow, age: null, plan: null }),
    {
      ...answerTo({ ...sampleRow, plan: 'platinum' }),
      warnings: ['plan: "platinum" is not among the categories that training saw; the model treats it as unknown'],
    },
  ]);
  expect(await (await post('[]')).json()).toEqual([]);
  expect(await (await post(JSON.stringify(rows[2]))).json()).toEqual(answers[2]);
});

test('a large batch comes in order', async () => {
  const rows = Array.from({ length: 1500 }, (_, i) => ({ ...sampleRow, age: i / 10 }));
  const answers = (await (await post(JSON.stringify(rows))).json()) as { probabilities: { Yes: number } }[];
  expectNear(
    answers.map(({ probabilities }) => probabilities.Yes),
    rows.map(sampleProbability),
  );
});

const CSV =
  'id,region,plan,senior,age,note\n1,north,gold,true,41,x\n2,south,,False,,"a, b"\n3,south,platinum,0,20.5,\n';
const csvRows = [
  sampleRow,
  { age: null, plan: null, region: 'south', senior: false },
  { age: 20.5, plan: 'platinum', region: 'south', senior: false },
];

test('CSV in, JSON out by default', async () => {
  const response = await post(CSV, { 'content-type': 'text/csv; charset=utf-8' });
  expect(response.headers.get('x-slipway-warning')).toBe('The file has a column that the model does not use: "note".');
  const answers = (await response.json()) as object[];
  expect(answers.map((answer) => ({ ...answer, warnings: undefined }))).toEqual(
    csvRows.map((row) => ({ ...answerTo(row), warnings: undefined })),
  );
  expect(answers[2]).toHaveProperty('warnings');
});

test('CSV in, CSV out', async () => {
  const response = await post(CSV, { 'content-type': 'text/csv', accept: 'text/csv' });
  expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  const lines = csvRows.map((row) =>
    Object.values({ p: answerTo(row).prediction, ...answerTo(row).probabilities }).join(','),
  );
  expect(await response.text()).toBe(`prediction,probabilities.No,probabilities.Yes\n${lines.join('\n')}\n`);
});

test('JSON lines in, JSON lines out', async () => {
  const body = csvRows.map((row) => JSON.stringify({ ...row, extra: 1 })).join('\n');
  const response = await post(body, { 'content-type': 'application/x-ndjson' });
  expect(response.headers.get('content-type')).toBe('application/x-ndjson');
  const lines = (await response.text())
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  expect(lines.map((line) => ({ ...line, warnings: undefined }))).toEqual(
    csvRows.map((row) => ({ ...answerTo(row), warnings: undefined })),
  );
});

test('many CSV rows are answered piece by piece', async () => {
  const ages = Array.from({ length: 3000 }, (_, i) => i / 10);
  const response = await post(`age,plan,region,senior\n${ages.map((age) => `${age},gold,north,1`).join('\n')}`, {
    'content-type': 'text/csv',
    accept: 'text/csv',
  });
  expect(response.headers.get('content-length')).toBeNull();
  const lines = (await response.text()).trimEnd().split('\n').slice(1);
  expectNear(
    lines.map((line) => Number(line.split(',')[2])),
    ages.map((age) => sampleProbability({ ...sampleRow, age })),
  );
});

test.for<{
  name: string;
  body: string;
  headers?: Record<string, string>;
  path?: string;
  status: number;
  problem: object;
}>([
  {
    name: 'a wrong value',
    body: '[{"age":1,"plan":"gold","region":"north","senior":true},{"age":"old","plan":"gold","region":"north","senior":true}]',
    status: 400,
    problem: {
      code: 'INVALID_INPUT',
      title: 'Invalid input',
      detail: 'rows[1].age: expected a number or null, received "old"',
      errors: [{ path: 'rows[1].age', expected: 'number or null', received: '"old"' }],
    },
  },
  {
    name: 'an unknown closed category',
    body: '{"age":1,"plan":"gold","region":"East","senior":true}',
    status: 400,
    problem: {
      code: 'INVALID_INPUT',
      errors: [{ path: 'region', expected: 'one of "north", "south"', received: '"East"' }],
    },
  },
  {
    name: 'an undeclared column',
    body: '{"age":1,"plan":"gold","region":"north","senior":true,"aeg":1}',
    status: 400,
    problem: { code: 'INVALID_INPUT', detail: 'aeg: the model has no such column' },
  },
  { name: 'no JSON', body: '{"age":', status: 400, problem: { code: 'INVALID_JSON' } },
  {
    name: 'nothing',
    body: '',
    status: 400,
    problem: { code: 'INVALID_JSON', detail: 'The body is not valid JSON: it is empty.' },
  },
  {
    name: 'a bad CSV cell',
    body: 'age,plan,region,senior\nold,gold,north,1\n',
    headers: { 'content-type': 'text/csv' },
    status: 400,
    problem: { code: 'INVALID_INPUT', detail: 'line 2, column "age": expected a number or null, received "old"' },
  },
  {
    name: 'a form',
    body: 'a=1',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    status: 415,
    problem: {
      code: 'UNSUPPORTED_MEDIA_TYPE',
      hint: 'Use one of: application/json, text/csv, application/x-ndjson, application/vnd.apache.arrow.stream.',
    },
  },
  {
    name: 'another charset',
    body: '{}',
    headers: { 'content-type': 'application/json; charset=utf-16' },
    status: 415,
    problem: { code: 'UNSUPPORTED_MEDIA_TYPE' },
  },
  {
    name: 'another encoding',
    body: '{}',
    headers: { ...json, 'content-encoding': 'compress' },
    status: 415,
    problem: { code: 'UNSUPPORTED_MEDIA_TYPE' },
  },
  {
    name: 'broken gzip',
    body: '{}',
    headers: { ...json, 'content-encoding': 'gzip' },
    status: 400,
    problem: { code: 'INVALID_REQUEST' },
  },
  {
    name: 'a large body',
    body: ' '.repeat(5_000_001),
    status: 413,
    problem: { code: 'TOO_LARGE', detail: 'The body is larger than the limit of 5000000 bytes.' },
  },
  {
    name: 'a wrong option',
    body: '{}',
    path: '/predict?extra=maybe',
    status: 400,
    problem: { code: 'INVALID_REQUEST' },
  },
  {
    name: 'a wrong timeout',
    body: `[${JSON.stringify(sampleRow)}]`,
    headers: { ...json, 'x-request-timeout-ms': 'soon' },
    status: 400,
    problem: { code: 'INVALID_REQUEST' },
  },
])('$name is a problem', async ({ body, headers = json, path = '/predict', status, problem }) => {
  const response = await post(body, { ...headers, 'x-request-id': 'abc' }, path);
  const told = (await response.json()) as Record<string, unknown>;
  expect({ ...told, http: response.status }).toMatchObject({
    ...problem,
    status,
    http: status,
    request_id: 'abc',
    type: `urn:slipway:error:${String(told['code'])}`,
  });
  expect(told['hint']).toEqual(expect.any(String));
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(response.headers.get('x-request-id')).toBe('abc');
});

test('undeclared columns pass by on request', async () => {
  expect((await post(JSON.stringify({ ...sampleRow, colour: 1 }), json, '/predict?extra=ignore')).status).toBe(200);
});

test('text that is not UTF-8 is refused', async () => {
  const body = Buffer.from('{"age":1,"plan":"g\u00e9","region":"north","senior":true}', 'latin1');
  expect(await (await post(body)).json()).toMatchObject({ code: 'INVALID_REQUEST', detail: 'The body is not UTF-8.' });
});

test.for([
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
  ['zstd', zstdCompressSync],
] as const)('%s bodies are inflated, within the limit', async ([encoding, compress]) => {
  const headers = { ...json, 'content-encoding': encoding };
  expect(await (await post(compress(JSON.stringify(sampleRow)), headers)).json()).toEqual(answerTo(sampleRow));
  const bomb = await post(compress(Buffer.alloc(5_000_001, 0x20)), headers);
  expect(bomb.status).toBe(413);
});

test('a sane request id is kept, others are replaced', async () => {
  const idOf = async (id: string) =>
    (await post(JSON.stringify(sampleRow), { ...json, 'x-request-id': id })).headers.get('x-request-id');
  expect(await idOf('trace-1:a/b')).toBe('trace-1:a/b');
  expect(await idOf('a b')).not.toBe('a b');
  expect(await idOf('x'.repeat(200))).not.toContain('x');
});

const longCsv = `age,plan,region,senior\n${'41,gold,north,1\n'.repeat(150_000)}`;

test('a deadline ends long work with 504', async () => {
  const response = await post(longCsv, { 'content-type': 'text/csv', 'x-request-timeout-ms': '5' });
  expect(await response.json()).toMatchObject({
    status: 504,
    code: 'DEADLINE_EXCEEDED',
    detail: 'The answer was not ready within 5 ms.',
  });
  expect((await post(JSON.stringify(sampleRow), { ...json, 'x-request-timeout-ms': '5000' })).status).toBe(200);
});

test('while a long file is answered, others have their turn', async () => {
  const long = post(longCsv, { 'content-type': 'text/csv', accept: 'text/csv' }).then((response) => response.text());
  let others = 0;
  let isOver = false;
  const text = long.finally(() => (isOver = true));
  while (!isOver) {
    expect((await post(JSON.stringify(sampleRow))).status).toBe(200);
    others++;
  }
  expect((await text).match(/\n/g)).toHaveLength(150_001);
  expect(others).toBeGreaterThan(5);
});

test('a client that goes away stops its work', async () => {
  const abort = new AbortController();
  const before = server.metrics.clientsGone;
  const response = fetch(`${server.url}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv' },
    body: longCsv,
    signal: abort.signal,
  });
  for (let i = 0; i < 100 && server.metrics.inFlight === 0; i++) await new Promise((resolve) => setTimeout(resolve, 1));
  abort.abort();
  await expect(response).rejects.toThrow();
  for (let i = 0; i < 100 && server.metrics.inFlight > 0; i++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(server.metrics.inFlight).toBe(0);
  expect(server.metrics.clientsGone).toBe(before + 1);
});
