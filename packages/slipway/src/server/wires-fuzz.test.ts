import { gzipSync } from 'node:zlib';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeArrowStream } from '@slipway/core/formats';
import { halfPlusTwo } from '../../../../test/half-plus-two.ts';
import { servedFile } from '../../../../test/serve-fixture.ts';
import { sampleModel } from '../../../../test/sample-model.ts';
import { ModelPlane } from '../engine/index.ts';
import { startServer, type RunningServer } from './index.ts';

let server: RunningServer;
/** The same for a graph of tensors. */
let graphs: RunningServer;
beforeAll(async () => {
  const plane = new ModelPlane();
  await plane.serve(['churn'], () => sampleModel({ version: undefined }));
  const vertex = { predict: '/vertex' };
  const options = { version: '0.0.0', port: 0, limits: { maxBodyBytes: 100_000 }, vertex };
  server = await startServer({ plane, ...options });
  const folder = mkdtempSync(join(tmpdir(), 'slipway-fuzz-'));
  writeFileSync(join(folder, 'half.onnx'), halfPlusTwo());
  const other = new ModelPlane();
  await other.serve(['half'], () => servedFile(join(folder, 'half.onnx'), 'half'));
  rmSync(folder, { recursive: true });
  graphs = await startServer({ plane: other, ...options });
});
afterAll(async () => {
  await Promise.all([server.close(), graphs.close()]);
});

const row = { age: 41, plan: 'gold', region: 'north', senior: true };
const tensor = (name: string, datatype: string, data: unknown[], shape: unknown = [1, 1]) => ({
  name,
  datatype,
  shape,
  data,
});
const inputs = [
  tensor('age', 'FP64', [41]),
  tensor('plan', 'BYTES', ['gold']),
  tensor('region', 'BYTES', ['north']),
  tensor('senior', 'BOOL', [true]),
];
const arrow = writeArrowStream(
  [
    { name: 'age', type: 'float64', values: Float64Array.of(41, 20) },
    { name: 'plan', type: 'utf8', values: ['gold', null] },
    { name: 'region', type: 'utf8', values: ['north', 'south'] },
    { name: 'senior', type: 'bool', values: [true, false] },
  ],
  2,
);
const binaryHead = Buffer.from(
  JSON.stringify({
    inputs: [
      { name: 'age', datatype: 'FP64', shape: [1, 1], parameters: { binary_data_size: 8 } },
      { name: 'plan', datatype: 'BYTES', shape: [1, 1], parameters: { binary_data_size: 8 } },
      ...inputs.slice(2),
    ],
  }),
);
const binary = Buffer.concat([binaryHead, Buffer.from(Float64Array.of(41).buffer), Buffer.from('\x04\0\0\0gold')]);

type Form = (body: Record<string, unknown>, status: number) => void;
const isError: Form = (body) => expect(Object.keys(body)).toEqual(['error']);
const isProblem: Form = (body, status) => expect(body).toMatchObject({ status, code: expect.any(String) as string });
const isMlflow: Form = (body) =>
  expect(body).toMatchObject({ error_code: expect.any(String) as string, message: expect.any(String) as string });
const isTorch: Form = (body, status) =>
  expect(body).toMatchObject({ code: status, type: expect.stringMatching(/Exception$/) as string });

interface Case {
  readonly wire: string;
  readonly path: string;
  readonly body: Uint8Array;
  readonly form: Form;
  readonly headers?: Record<string, string>;
}

const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));
const cases: Case[] = [
  { wire: 'native', path: '/predict', body: bytes([row]), form: isProblem },
  {
    wire: 'Arrow',
    path: '/predict',
    body: arrow,
    form: isProblem,
    headers: { 'content-type': 'application/vnd.apache.arrow.stream' },
  },
  { wire: 'Open Inference Protocol', path: '/v2/models/churn/infer', body: bytes({ id: 'a', inputs }), form: isError },
  {
    wire: 'Open Inference Protocol, binary',
    path: '/v2/models/churn/infer',
    body: binary,
    form: isError,
    headers: { 'inference-header-content-length': String(binaryHead.length) },
  },
  {
    wire: 'TensorFlow Serving, rows',
    path: '/v1/models/churn:predict',
    body: bytes({ instances: [row] }),
    form: isError,
  },
  {
    wire: 'TensorFlow Serving, columns',
    path: '/v1/models/churn:predict',
    body: bytes({ inputs: { age: [41], plan: ['gold'], region: ['north'], senior: [true] } }),
    form: isError,
  },
  {
    wire: 'TensorFlow Serving, classify',
    path: '/v1/models/churn:classify',
    body: bytes({ examples: [row] }),
    form: isError,
  },
  {
    wire: 'MLflow, split',
    path: '/invocations',
    body: bytes({ dataframe_split: { columns: Object.keys(row), data: [Object.values(row)] } }),
    form: isMlflow,
  },
  { wire: 'MLflow, records', path: '/invocations', body: bytes({ dataframe_records: [row] }), form: isMlflow },
  {
    wire: 'MLflow, CSV',
    path: '/invocations',
    body: Buffer.from('age,plan,region,senior\n41,gold,north,1\n'),
    form: isMlflow,
    headers: { 'content-type': 'text/csv' },
  },
  { wire: 'TorchServe', path: '/predictions/churn', body: bytes(row), form: isTorch },
  {
    wire: 'Azure ML',
    path: '/score',
    body: bytes({ input_data: { columns: Object.keys(row), data: [Object.values(row)] } }),
    form: isError,
  },
  { wire: 'Vertex AI', path: '/vertex', body: bytes({ instances: [row] }), form: isError },
];

const graph = { 'x-graph': '1' };
cases.push(
  { wire: 'native, graph', path: '/predict', body: bytes({ x: [1, 2] }), form: isProblem, headers: graph },
  {
    wire: 'Open Inference Protocol, graph',
    path: '/v2/models/half/infer',
    body: bytes({ inputs: [tensor('x', 'FP32', [1, 2], [2])] }),
    form: isError,
  },
  {
    wire: 'TensorFlow Serving, graph',
    path: '/v1/models/half:predict',
    body: bytes({ instances: [1, 2] }),
    form: isError,
  },
  {
    wire: 'MLflow, graph',
    path: '/invocations',
    body: bytes({ inputs: { x: [1, 2] } }),
    form: isMlflow,
    headers: graph,
  },
  { wire: 'TorchServe, graph', path: '/predictions/half', body: bytes([1, 2]), form: isTorch },
  { wire: 'Azure ML, graph', path: '/score', body: bytes({ data: [1, 2] }), form: isError, headers: graph },
);

async function post({ path, headers }: Case, body: Uint8Array | string, more: Record<string, string> = {}) {
  const to = path.includes('half') || headers?.['x-graph'] !== undefined ? graphs : server;
  const response = await fetch(to.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers, ...more },
    body: body as BodyInit,
  });
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    bytes: new Uint8Array(await response.arrayBuffer()),
  };
}

/** Refused in the wire's own form; what happens to be valid still may be answered, unless `must`. */
async function check(one: Case, body: Uint8Array | string, more: Record<string, string> = {}, must = false) {
  const { status, type, bytes: answer } = await post(one, body, more);
  const text = Buffer.from(answer).toString();
  const shown = `${one.wire} ${status} ${text.slice(0, 300)} ← ${Buffer.from(body).toString('latin1').slice(0, 300)}`;
  expect(must ? [400, 404, 413, 415] : [200, 400, 404, 413, 415], shown).toContain(status);
  if (status === 200 || type.startsWith('text/plain')) return;
  one.form(JSON.parse(text) as Record<string, unknown>, status);
}

/** The same numbers every time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe.for(cases)('$wire', (one) => {
  test('as it is, it is answered', async () => {
    const { status, bytes: answer } = await post(one, one.body);
    expect(status, Buffer.from(answer).toString()).toBe(200);
  });

  test('cut', async () => {
    for (let i = 0; i < one.body.length; i += Math.max(1, one.body.length >> 5))
      await check(one, one.body.subarray(0, i));
  });

  test('flipped', async () => {
    const next = random(7);
    for (let i = 0; i < 150; i++) {
      const body = Uint8Array.from(one.body);
      for (let k = 0; k <= i % 3; k++) body[Math.floor(next() * body.length)] = Math.floor(next() * 256);
      await check(one, body);
    }
  });

  test('other documents', async () => {
    const documents = [
      'null',
      '3',
      '""',
      '"x"',
      '[]',
      '{}',
      '[[]]',
      '[null]',
      'true',
      '{"inputs":{}}',
      '{"instances":{}}',
      '{"instances":[{}]}',
      '{"inputs":null}',
      '{"__proto__":[1]}',
      '{"instances":[[[[]]]]}',
      '{"dataframe_split":{"data":[]}}',
      '{"dataframe_split":{"columns":{},"data":[[1]]}}',
      '{"instances":[{"b64":"*"}]}',
      '{"inputs":[[1]],"parameters":[]}',
    ];
    for (const document of documents) await check(one, document);
  });

  test('deep and huge', async () => {
    for (const open of ['[', '{"instances":[', '{"inputs":', '{"a":'])
      await check(one, open.repeat(Math.floor(90_000 / open.length)), {}, one.wire !== 'MLflow, CSV');
    await check(one, `${'['.repeat(40_000)}${']'.repeat(40_000)}`, {}, one.wire !== 'MLflow, CSV');
    await check(one, `{"instances":${'['.repeat(40_000)}1${']'.repeat(40_000)}}`);
    await check(one, `{"inputs":${'['.repeat(40_000)}1${']'.repeat(40_000)}}`);
    await check(one, Buffer.alloc(200_000, '['), {}, true);
    await check(one, '1e999');
    await check(one, Buffer.from([0xff, 0xfe, 0x22, 0xff]), {}, one.wire !== 'MLflow, CSV');
  });

  test('lying headers', async () => {
    await check(one, one.body, { 'content-encoding': 'gzip' }, true);
    await check(one, one.body, { 'content-encoding': 'deflate' }, true);
    await check(one, one.body, { 'content-encoding': 'compress' }, true);
    await check(one, gzipSync(Buffer.alloc(50_000_000, ' ')), { 'content-encoding': 'gzip' }, true);
    await check(one, one.body, { 'content-type': 'application/json; charset=utf-16' });
  });
});

const infer = cases[2] as Case;
const rest = inputs.slice(1);
test.for<[string, unknown]>([
  ['a negative shape', tensor('age', 'FP64', [41], [1, -1])],
  ['a shape of zero and data', tensor('age', 'FP64', [41], [0, 1])],
  ['a huge shape', tensor('age', 'FP64', [41], [1e15, 1e15])],
  ['a large shape without data', tensor('age', 'FP64', [], [2 ** 40])],
  ['a fractional shape', tensor('age', 'FP64', [41], [1.5])],
  ['a shape of texts', tensor('age', 'FP64', [41], ['1'])],
  ['no shape', { name: 'age', datatype: 'FP64', data: [41] }],
  ['another rank', tensor('age', 'FP64', [41], [1, 1, 1, 1, 1])],
  ['an unknown datatype', tensor('age', 'FP128', [41])],
  ['a datatype of the prototype', tensor('age', 'constructor', [41])],
  ['a text as number', tensor('age', 'FP64', ['41'])],
  ['a fraction as integer', tensor('age', 'INT32', [41.5])],
  ['an integer out of range', tensor('age', 'INT8', [300])],
  ['an object as number', tensor('age', 'FP64', [{}])],
  ['other nesting', tensor('age', 'FP64', [[[41]]])],
  ['data that is no array', { ...tensor('age', 'FP64', []), data: 'x' }],
  ['a binary size without data', { name: 'age', datatype: 'FP64', shape: [1], parameters: { binary_data_size: 8 } }],
  ['a negative binary size', { name: 'age', datatype: 'FP64', shape: [1], parameters: { binary_data_size: -8 } }],
  ['another number of rows', tensor('age', 'FP64', [41, 42], [2])],
  ['another name', tensor('agee', 'FP64', [41])],
  ['nothing', null],
])('Open Inference Protocol: %s', async ([, input]) => {
  await check(infer, JSON.stringify({ inputs: [input, ...rest] }), {}, true);
});

test.for(['-1', '1e9', '99999999999999999999', 'x', '', '1000000', '0', '1'])(
  'Open Inference Protocol: a header length of %o',
  (length) => check(cases[3] as Case, binary, { 'inference-header-content-length': length }, true),
);

test('after all of that the server answers', async () => {
  for (const { url } of [server, graphs]) await isWell(url);
});

async function isWell(url: string): Promise<void> {
  const response = await fetch(`${url}/healthz`);
  expect(await response.json()).toEqual({ status: 'ok' });
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(/code="5\d\d"/.test(metrics)).toBe(false);
}
