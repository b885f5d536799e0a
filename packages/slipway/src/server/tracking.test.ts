import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { localActor, parseGrant } from '../access/index.ts';
import { ModelPlane } from '../engine/index.ts';
import { openHome, type Home } from '../registry/index.ts';
import { trackingWire } from '../tracking/index.ts';
import { startServer, type RunningServer } from './index.ts';

let folder: string;
let home: Home;
let server: RunningServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-tracking-'));
  home = await openHome({ home: folder, thread: 'worker' });
  server = await open();
});
afterAll(async () => {
  await server.close();
  await home.close();
  rmSync(folder, { recursive: true });
});

const open = (auth?: 'keys') =>
  startServer({
    plane: new ModelPlane(),
    version: '0.0.0',
    port: 0,
    home,
    auth,
    moreWires: [trackingWire({ rows: home.rows, artifacts: join(folder, 'artifacts') })],
  });

type Json = Record<string, any>; // oxlint-disable-line typescript/no-explicit-any -- answers are looked into freely here

async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(server.url + path, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Json };
}
const post = async (path: string, body: unknown) => (await ask('POST', `/api/2.0/mlflow${path}`, body)).body;
const get = async (path: string) => (await ask('GET', `/api/2.0/mlflow${path}`)).body;

let made = 0;
async function experiment(): Promise<string> {
  return String((await post('/experiments/create', { name: `e${made++}` }))['experiment_id']);
}
async function newRun(id: string, start = 1): Promise<string> {
  return String((await post('/runs/create', { experiment_id: id, start_time: start }))['run'].info.run_id);
}

test('the default experiment is there, and runs in it', async () => {
  expect((await get('/experiments/get?experiment_id=0'))['experiment']).toMatchObject({
    name: 'Default',
    artifact_location: 'mlflow-artifacts:/0',
  });
});

test('pages neither repeat nor miss a run, whatever is written between them', async () => {
  const id = await experiment();
  const before: string[] = [];
  for (let i = 0; i < 9; i++) before.push(await newRun(id, 100 + i));
  const seen: string[] = [];
  let token: string | undefined;
  do {
    const page = await post('/runs/search', { experiment_ids: [id], max_results: 2, page_token: token });
    seen.push(...(page['runs'] as Json[]).map((run) => String(run['info'].run_id)));
    token = page['next_page_token'] as string | undefined;
    // At the head and at the end of the order.
    await newRun(id, 1000);
    await newRun(id, 1);
    if (seen.length === 4) await post('/runs/delete', { run_id: before[8] });
  } while (token !== undefined && seen.length < 50);
  expect(seen.filter((run) => before.includes(run))).toEqual(before.toReversed());
});

test('order by a metric: NaN after all numbers, runs without it last, in pages too', async () => {
  const id = await experiment();
  const runs: Record<string, string> = {};
  for (const [name, value] of Object.entries({ b: 0.5, nan: 'NaN', a: 0.25, none: undefined, c: 'Infinity' })) {
    runs[name] = await newRun(id);
    if (value !== undefined)
      await post('/runs/log-metric', { run_id: runs[name], key: 'acc', value, timestamp: 1, step: 0 });
  }
  const order = async (by: string, most: number) => {
    const found: string[] = [];
    let token: string | undefined;
    do {
      const asked = { experiment_ids: [id], order_by: [by], max_results: most, page_token: token };
      const page = await post('/runs/search', asked);
      for (const run of page['runs'] as Json[])
        found.push(Object.keys(runs).find((name) => runs[name] === run['info'].run_id) as string);
      token = page['next_page_token'] as string | undefined;
    } while (token !== undefined);
    return found;
  };
  for (const most of [1, 2, 3, 10]) {
    expect(await order('metrics.acc', most)).toEqual(['a', 'b', 'c', 'nan', 'none']);
    expect(await order('metrics.acc DESC', most)).toEqual(['c', 'b', 'a', 'nan', 'none']);
  }
});

test('a batch is logged whole or not at all', async () => {
  const run = await newRun(await experiment());
  await post('/runs/log-parameter', { run_id: run, key: 'p', value: '1' });
  const batch = {
    run_id: run,
    metrics: [{ key: 'm', value: 1, timestamp: 1 }],
    params: [
      { key: 'new', value: '1' },
      { key: 'p', value: '2' },
    ],
    tags: [{ key: 't', value: 'v' }],
  };
  expect((await post('/runs/log-batch', batch))['message']).toBe(
    `Changing param values is not allowed. Params were already logged='[{'key': 'p', 'old_value': '1', 'new_value': '2'}]' for run ID='${run}'.`,
  );
  const { data } = (await get(`/runs/get?run_id=${run}`))['run'] as Json;
  expect(data.metrics).toBeUndefined();
  expect(data.params).toEqual([{ key: 'p', value: '1' }]);
  expect((data.tags as Json[]).map(({ key }) => String(key))).toEqual(['mlflow.runName']);
});

test('64 clients at once: everything is there, nobody is refused', async () => {
  const run = await newRun(await experiment());
  const answers = await Promise.all(
    Array.from({ length: 64 }, async (_, i) =>
      ask('POST', '/api/2.0/mlflow/runs/log-batch', {
        run_id: run,
        metrics: Array.from({ length: 20 }, (_m, j) => ({ key: 'm', value: i, timestamp: 1, step: i * 20 + j })),
        params: [{ key: 'same', value: i % 2 === 0 ? 'even' : 'odd' }],
      }),
    ),
  );
  // All that agree with whoever was first are taken.
  const refused = answers.filter(({ status }) => status !== 200);
  expect(refused.length).toBe(32);
  for (const { body } of refused) expect(body['error_code']).toBe('INVALID_PARAMETER_VALUE');
  const history = await get(`/metrics/get-history?run_id=${run}&metric_key=m`);
  expect((history['metrics'] as unknown[]).length).toBe(32 * 20);
});

test('the sample of a long history is what ntile deals out', async () => {
  const run = await newRun(await experiment());
  const count = 2503;
  for (let from = 0; from < count; from += 1000) {
    const length = Math.min(1000, count - from);
    const metrics = Array.from({ length }, (_, i) => ({ key: 'm', value: from + i, timestamp: 1, step: from + i }));
    await post('/runs/log-batch', { run_id: run, metrics });
  }
  for (const most of [1, 2, 7, 100, 999, 2500]) {
    const sampled = await get(`/metrics/get-history-bulk-interval?run_ids=${run}&metric_key=m&max_results=${most}`);
    const values = (sampled['metrics'] as Json[]).map(({ value }) => Number(value));
    const [size, wide] = [Math.floor(count / most), count % most];
    const starts = Array.from({ length: most }, (_, i) => i * size + Math.min(i, wide));
    expect(values).toEqual([...starts.slice(0, -1), count - 1]);
  }
});

const store = '/api/2.0/mlflow-artifacts/artifacts';

test('an upload that breaks off leaves nothing; a whole one replaces the file', async () => {
  const put = (body: string) => fetch(`${server.url}${store}/1/x/file.bin`, { method: 'PUT', body });
  expect((await put('first')).status).toBe(200);
  await new Promise<void>((resolve, reject) => {
    const head = `PUT ${store}/1/x/file.bin HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n\r\n`;
    const socket = connect(server.port, '127.0.0.1', () => socket.write(`${head}half`, () => socket.destroy()));
    socket.on('close', () => resolve());
    socket.on('error', reject);
  });
  const drafts = join(folder, 'tmp');
  await expect.poll(() => readdirSync(drafts)).toEqual([]);
  expect(await (await fetch(`${server.url}${store}/1/x/file.bin`)).text()).toBe('first');
  await put('second');
  expect(await (await fetch(`${server.url}${store}/1/x/file.bin`)).text()).toBe('second');
});

test.for([
  ['/%2e%2e%2fx', 400],
  ['/a/%252e%252e/b', 400],
  ['/%2fetc/passwd', 400],
  ['/a%5c..%5cb', 400],
  ['/C:%5cx', 400],
  ['/a%00b', 400],
  ['/a%0ab', 400],
  [`/${'x'.repeat(300)}`, 400],
  [`/${'x/'.repeat(2000)}y`, 400],
  ['/file:%2f%2f%2fetc%2fpasswd', 400],
  ['/a%23b', 400],
] as const)('the path %s is refused', async ([path, status]) => {
  for (const method of ['PUT', 'GET', 'DELETE']) {
    const answer = await ask(method, store + path, method === 'PUT' ? {} : undefined);
    expect(answer).toMatchObject({ status, body: { error_code: 'INVALID_PARAMETER_VALUE', message: 'Invalid path' } });
  }
});

test('what is above the folder of artifacts is not in it', async () => {
  expect((await ask('GET', `${store}?path=..`)).status).toBe(400);
  expect((await ask('GET', '/get-artifact?run_id=x&path=../slipway.db')).status).toBe(400);
  expect(
    await ask('POST', '/api/2.0/mlflow/experiments/create', {
      name: 'up',
      artifact_location: 'mlflow-artifacts:/../..',
    }),
  ).toMatchObject({ status: 400 });
});

test('spans as OpenTelemetry sends them, in JSON and in protobuf, are one trace', async () => {
  const id = await experiment();
  const trace = '0af7651916cd43dd8448eb211c80319c';
  const span = (spanId: string, parent: string, name: string) => ({
    traceId: trace,
    spanId,
    parentSpanId: parent,
    name,
    startTimeUnixNano: '1700000000000000000',
    endTimeUnixNano: '1700000001500000000',
    attributes: [{ key: 'a', value: { stringValue: 'x' } }],
    status: { code: 1 },
  });
  const document = { resourceSpans: [{ scopeSpans: [{ spans: [span('b7ad6b7169203331', '', 'root')] }] }] };
  const headers = { 'x-mlflow-experiment-id': id };
  expect((await ask('POST', '/v1/traces', document, headers)).status).toBe(200);
  const field = (number: number, bytes: Buffer) => Buffer.concat([Buffer.from([number * 8 + 2, bytes.length]), bytes]);
  const fixed = (number: number, value: bigint) => {
    const bytes = Buffer.alloc(9, number * 8 + 1);
    bytes.writeBigUInt64LE(value, 1);
    return bytes;
  };
  const encoded = Buffer.concat([
    field(1, Buffer.from(trace, 'hex')),
    field(2, Buffer.from('00f067aa0ba902b7', 'hex')),
    field(4, Buffer.from('b7ad6b7169203331', 'hex')),
    field(5, Buffer.from('child')),
    fixed(7, 1_700_000_000_500_000_000n),
    fixed(8, 1_700_000_001_000_000_000n),
  ]);
  const sent = await fetch(`${server.url}/v1/traces`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/x-protobuf' },
    body: field(1, field(2, field(2, encoded))),
  });
  expect(sent.status).toBe(200);
  const { body } = await ask('GET', `/api/3.0/mlflow/traces/get?trace_id=tr-${trace}`);
  expect(body['trace'].trace_info).toMatchObject({ state: 'OK', execution_duration: '1.5s' });
  expect((body['trace'].spans as Json[]).map(({ name }) => String(name))).toEqual(['root', 'child']);
  expect(body['trace'].spans[0].attributes).toEqual([{ key: 'a', value: { string_value: 'x' } }]);
  for (const broken of [
    Buffer.from([0xff]),
    Buffer.from([0x0a, 0x7f, 1]),
    Buffer.alloc(50, 0x0b),
    field(1, Buffer.alloc(0)),
  ]) {
    const refused = await fetch(`${server.url}/v1/traces`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/x-protobuf' },
      body: broken,
    });
    expect(refused.status).toBe(400);
  }
});

test('too much at once is refused with a code', async () => {
  const run = await newRun(await experiment());
  const filter = Array.from({ length: 300 }, () => 'metrics.a > 1').join(' AND ');
  expect((await post('/runs/search', { experiment_ids: ['0'], filter }))['error_code']).toBe('INVALID_PARAMETER_VALUE');
  const deep = await ask('POST', '/api/2.0/mlflow/runs/set-tag', JSON.parse(`${'['.repeat(100)}${']'.repeat(100)}`));
  expect(deep.status).toBe(413);
  const step = await post('/runs/log-metric', { run_id: run, key: 'm', value: 1, timestamp: 1, step: 2 ** 60 });
  expect(step['error_code']).toBe('INVALID_PARAMETER_VALUE');
});

// The last one: as soon as there is a key, the server asks for one.
test('keys: read may look, write may log, as bearer or as password; rights on models only are not enough', async () => {
  const key = async (...scopes: string[]) =>
    (await home.keys.create({ name: scopes.join(), grants: scopes.map(parseGrant) }, localActor)).key;
  const [reader, writer, bound] = [await key('read'), await key('write'), await key('write:churn', 'read:churn')];
  const guarded = await open('keys');
  const status = async (method: string, path: string, headers: Record<string, string>) => {
    const body = method === 'POST' ? JSON.stringify({ experiment_id: '0', max_results: 1 }) : undefined;
    const init = { method, headers: { 'content-type': 'application/json', ...headers }, ...(body ? { body } : {}) };
    const response = await fetch(guarded.url + path, init);
    return [response.status, ((await response.json()) as Json)['error_code']];
  };
  const bearer = (text: string) => ({ authorization: `Bearer ${text}` });
  const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(`me:${text}`).toString('base64')}` });
  const create = '/api/2.0/mlflow/runs/create';
  const search = '/api/2.0/mlflow/experiments/search';
  const rows: [string, string, Record<string, string>, number, unknown][] = [
    ['POST', search, bearer(reader), 200, undefined],
    ['POST', search, basic(reader), 200, undefined],
    ['POST', create, bearer(reader), 403, undefined],
    ['POST', create, bearer(writer), 200, undefined],
    ['POST', create, bearer(bound), 403, 'PERMISSION_DENIED'],
    ['POST', search, bearer(bound), 403, 'PERMISSION_DENIED'],
    ['POST', create, {}, 401, undefined],
    ['GET', '/api/3.0/mlflow/server-info', {}, 200, undefined],
  ];
  for (const [method, path, headers, code, error] of rows) {
    const [given, name] = await status(method, path, headers);
    expect([given, error === undefined ? undefined : name], `${path} ${JSON.stringify(headers)}`).toEqual([
      code,
      error,
    ]);
  }
  await guarded.close();
});
