import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleModel, sampleRow } from '../../../../test/sample-model.ts';
import { localActor, parseGrant } from '../access/index.ts';
import { ModelPlane } from '../engine/index.ts';
import { loadRequestLog, parseRedactions } from '../journal/index.ts';
import { openHome, type Home } from '../registry/index.ts';
import { silentLog } from '../telemetry/index.ts';
import { startServer, type RunningServer } from './index.ts';

let folder: string;
let home: Home;
let server: RunningServer;
let quiet: RunningServer;
let key: string;
let bound: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-feedback-'));
  home = await openHome({ home: folder, thread: 'inline' });
  const plane = new ModelPlane();
  await plane.serve(['churn'], () => sampleModel());
  key = (await home.keys.create({ name: 'all', grants: [parseGrant('predict'), parseGrant('read')] }, localActor)).key;
  bound = (await home.keys.create({ name: 'other', grants: [parseGrant('predict:other')] }, localActor)).key;
  const { RequestLog } = await loadRequestLog();
  const requestLog = await RequestLog.open({
    folder: join(folder, 'requests'),
    rate: 1,
    maxBytes: 1 << 30,
    redactions: parseRedactions('age,region=drop'),
    feedback: home.feedback,
    log: silentLog,
  });
  const options = { plane, version: '0.0.0', port: 0, home };
  quiet = await startServer(options);
  server = await startServer({ ...options, requestLog });
});
afterAll(async () => {
  await quiet.close();
  await home.close();
  rmSync(folder, { recursive: true });
});

async function ask(path: string, body?: unknown, headers: Record<string, string> = {}, to = server, by = key) {
  const response = await fetch(to.url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${by}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
const give = (body: unknown, to = server, by = key) => ask('/api/v1/feedback', body, {}, to, by);
const predict = (id: string, body: unknown, path = '/predict/churn') => ask(path, body, { 'x-request-id': id });
const no = { ...sampleRow, age: 18, plan: 'basic', senior: false };
const written = () => new Promise((resolve) => setTimeout(resolve, 600));

test('outcomes are joined with requests of any wire, and count for their version', async () => {
  await predict('r-1', sampleRow);
  await predict('r-2', [no, sampleRow]);
  await predict('r-3', { instances: [sampleRow] }, '/v1/models/churn:predict');
  await written();
  expect(await give({ request_id: 'r-1', actual: 'Yes' })).toEqual({
    status: 200,
    body: { accepted: 1, joined: 1, pending: 0 },
  });
  const outcomes = [
    { request_id: 'r-2', actual: 'Yes' },
    { request_id: 'r-2', row_index: 1, actual: 'Yes' },
    { request_id: 'r-3', actual: 'Yes' },
    { row: no, actual: 'No' },
  ];
  expect((await give(outcomes)).body).toEqual({ accepted: 4, joined: 4, pending: 0 });
  const version = { model: 'churn', version: 3, count: 5, correct: 4, accuracy: 0.8, absolute_error_sum: null };
  expect((await ask('/api/v1/feedback/summary?model=churn')).body).toMatchObject({ versions: [version], pending: 0 });
  const metrics = await (await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${key}` } })).text();
  expect(metrics).toContain('slipway_feedback_total{model="churn",version="3"} 5\n');
  expect(metrics).toContain('slipway_feedback_correct_total{model="churn",version="3"} 4\n');
  expect(metrics).toContain('slipway_feedback_accuracy{model="churn",version="3"} 0.8\n');
  expect(metrics).toContain('slipway_request_log_rows_total{result="kept"} 4\n');
});

test('a later outcome replaces an earlier one', async () => {
  await give({ request_id: 'r-2', actual: 'No' });
  expect((await ask('/api/v1/feedback/summary')).body).toMatchObject({ versions: [{ count: 5, correct: 5 }] });
  await give({ request_id: 'r-2', actual: 'Yes' });
  expect((await ask('/api/v1/feedback/summary')).body).toMatchObject({ versions: [{ count: 5, correct: 4 }] });
});

test('an outcome that comes before its request waits for it', async () => {
  expect((await give({ request_id: 'early', actual: 'No' })).body).toEqual({ accepted: 1, joined: 0, pending: 1 });
  expect((await ask('/api/v1/feedback/summary')).body).toMatchObject({ pending: 1, versions: [{ count: 5 }] });
  await predict('early', sampleRow);
  await written();
  await home.feedback.work();
  expect((await ask('/api/v1/feedback/summary')).body).toMatchObject({
    pending: 0,
    versions: [{ count: 6, correct: 4 }],
  });
});

test.for<[body: unknown, status: number, code: string, detail: RegExp]>([
  [{ request_id: 'r-1' }, 400, 'INVALID_REQUEST', /^actual: expected what came true/],
  [{ actual: 1 }, 400, 'INVALID_REQUEST', /either a request id or a row/],
  [{ request_id: 'r-1', row: no, actual: 1 }, 400, 'INVALID_REQUEST', /either a request id or a row/],
  [[{ request_id: 'r-1', actual: 'No', when: 1 }], 400, 'INVALID_REQUEST', /^\[0\]\."when" is no field/],
  [{ request_id: 'r-1', actual: ['No'] }, 400, 'INVALID_REQUEST', /like the prediction "Yes", received \["No"\]/],
  [{ request_id: 'r-1', row_index: -1, actual: 'No' }, 400, 'INVALID_REQUEST', /whole number from 0/],
  [{ request_id: 7, actual: 'No' }, 400, 'INVALID_REQUEST', /x-request-id of an answer/],
  [{ row: { ...no, age: 'old' }, actual: 'No' }, 400, 'INVALID_INPUT', /age: expected/],
  [{ row: [no], actual: 'No' }, 400, 'INVALID_REQUEST', /expected one row/],
  [{ row: no, model: 'nothing', actual: 'No' }, 404, 'MODEL_NOT_FOUND', /nothing/],
  ['text', 400, 'INVALID_REQUEST', /expected an object/],
  [Array.from({ length: 1001 }, () => ({ request_id: 'x', actual: 1 })), 400, 'INVALID_REQUEST', /1000/],
])('refused: %o', async ([body, status, code, detail]) => {
  const answer = await give(body);
  expect(answer).toMatchObject({ status, body: { code } });
  expect(answer.body['detail']).toMatch(detail);
});

test('nothing of a list counts when one is refused', async () => {
  const before = (await ask('/api/v1/feedback/summary')).body;
  expect((await give([{ row: no, actual: 'No' }, { actual: 'No' }])).status).toBe(400);
  expect((await ask('/api/v1/feedback/summary')).body).toEqual(before);
});

test('a key of another model reaches neither a request nor a row, and does not wait', async () => {
  expect((await give({ request_id: 'r-1', actual: 'No' }, server, bound)).status).toBe(403);
  expect((await give({ row: no, model: 'churn', actual: 'No' }, server, bound)).status).toBe(403);
  expect((await give({ request_id: 'future', actual: 'No' }, server, bound)).status).toBe(404);
  expect((await ask('/api/v1/feedback/summary', undefined, {}, server, bound)).status).toBe(403);
});

test('a server that logs no requests knows those of others, and waits for none', async () => {
  expect((await give({ request_id: 'r-1', actual: 'Yes' }, quiet)).body).toMatchObject({ joined: 1 });
  expect(await give({ request_id: 'never', actual: 'Yes' }, quiet)).toMatchObject({
    status: 404,
    body: { code: 'REQUEST_NOT_FOUND' },
  });
});

test('rows, answers and what joins them are in Parquet when the server has stopped', async () => {
  await server.close();
  const requests = join(folder, 'requests');
  const [file, ...others] = readdirSync(requests).filter((name) => name !== 'salt');
  expect(others).toEqual([]);
  expect(file).toMatch(/\.parquet$/);
  const bytes = readFileSync(join(requests, file as string));
  const rows = (await parquetReadObjects({ file: new Uint8Array(bytes).buffer })) as Record<string, unknown>[];
  expect(rows.map((row) => [row['request_id'], row['row_index'], row['wire']])).toEqual([
    ['r-1', 0, 'native'],
    ['r-2', 0, 'native'],
    ['r-2', 1, 'native'],
    ['r-3', 0, 'tf-serving'],
    ['early', 0, 'native'],
  ]);
  expect(rows[0]).toMatchObject({ model: 'churn', version: 3, trace_id: null });
  expect(rows[0]?.['digest']).toMatch(/^sha256:/);
  expect(rows[0]?.['key']).toMatch(/./);
  expect(rows[0]?.['ms']).toBeGreaterThan(0);
  expect(Math.abs(Number(rows[0]?.['time']) - Date.now())).toBeLessThan(60_000);
  const kept = rows.map((row) => JSON.parse(row['row'] as string) as Record<string, unknown>);
  // The same cells from every wire: hashed alike, dropped, and as they were.
  for (const i of [0, 2, 3]) expect(kept[i]).toEqual({ age: kept[0]?.['age'], plan: 'gold', senior: true });
  expect(kept[0]?.['age']).toMatch(/^hmac:[0-9a-f]{24}$/);
  expect(kept[1]?.['age']).not.toBe(kept[0]?.['age']);
  expect(JSON.parse(rows[0]?.['answer'] as string)).toMatchObject({ prediction: 'Yes' });
});
