import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { mountRoutes, native, optionalWires, sharedRoutes, wires } from '@slipway/core/protocols';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readFixture, type GoldenRow } from '../../../../test/fixtures.ts';
import { halfPlusTwo } from '../../../../test/half-plus-two.ts';
import { sampleModel } from '../../../../test/sample-model.ts';
import { servedFile } from '../../../../test/serve-fixture.ts';
import { ModelPlane } from '../engine/index.ts';
import { startServer, type RunningServer } from './index.ts';

const fixtures = {
  strings: readFixture('sk19-iris-tree-strings'),
  churn: readFixture('sk15-churn-logreg-pipeline'),
  linear: readFixture('sk12-diabetes-linear'),
  targets: readFixture('sk12-taxi-multioutput-gbr'),
  clusters: readFixture('sk15-iris-kmeans'),
  outliers: readFixture('sk15-cancer-isolation-forest'),
  labels: readFixture('sk12-multilabel-ovr'),
  text: readFixture('sk15-reviews-tfidf-logreg'),
  steps: readFixture('sk15-preprocess-only'),
};
type Name = keyof typeof fixtures;

const folder = mkdtempSync(join(tmpdir(), 'slipway-wires-'));
let server: RunningServer;
let single: RunningServer;

beforeAll(async () => {
  writeFileSync(join(folder, 'half.onnx'), halfPlusTwo());
  const plane = new ModelPlane();
  for (const [name, { path }] of Object.entries(fixtures)) await plane.serve([name], () => servedFile(path, name));
  await plane.serve(['half'], () => servedFile(join(folder, 'half.onnx'), 'half'));
  await plane.serve(['sample', 'sample@champion'], () => sampleModel({ name: 'sample' }));
  server = await startServer({ plane, version: '0.0.0', port: 0, limits: { maxBodyBytes: 1 << 20 } });
  const alone = new ModelPlane();
  await alone.serve(['strings'], () => servedFile(fixtures.strings.path, 'strings'));
  const vertex = { predict: '/v1/endpoints/7:predict', health: '/v1/endpoints/7' };
  single = await startServer({ plane: alone, version: '0.0.0', port: 0, auth: 'platform', vertex });
}, 120_000);
afterAll(async () => {
  await Promise.all([server.close(), single.close()]);
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly prediction?: unknown;
  readonly probabilities?: Record<string, number>;
  readonly output?: unknown;
}

async function send(
  path: string,
  body: RequestInit['body'] | object,
  headers: Record<string, string> = {},
  to = server,
) {
  const isRaw = typeof body === 'string' || body instanceof Uint8Array;
  const response = await fetch(to.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: isRaw ? (body as BodyInit) : JSON.stringify(body),
  });
  return response;
}

async function ask(
  path: string,
  body: RequestInit['body'] | object,
  headers: Record<string, string> = {},
  to = server,
) {
  const response = await send(path, body, headers, to);
  const text = await response.text();
  expect(response.status, `${path} ${text}`).toBe(200);
  return JSON.parse(text.replaceAll(/\bNaN\b/g, 'null')) as never;
}

const isWhole = (row: GoldenRow): boolean =>
  typeof row === 'string' ||
  Object.values(row).every((value) => value !== null && (typeof value !== 'number' || Number.isFinite(value)));
/** Rows of a fixture without missing values, which not every wire can say. */
const rowsOf = (name: Name, count = 12) => fixtures[name].golden.rows.filter(isWhole).slice(0, count);

/** What `predict` of the library gives, from the native answers. */
async function expected(name: Name, rows: readonly GoldenRow[]) {
  const answers: Answer[] = await ask(`/predict/${name}`, rows);
  const plain = (value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.values(value) : value;
  return {
    predict: answers.map(({ prediction, output }) => plain(prediction ?? output)),
    proba: answers[0]?.probabilities
      ? answers.map(({ probabilities }) => Object.values(probabilities ?? {}))
      : undefined,
  };
}

describe.for(Object.keys(fixtures) as Name[])('%s', (name) => {
  const rows = rowsOf(name);

  test('KServe v1 and TensorFlow Serving, rows', async () => {
    const { predict, proba } = await expected(name, rows);
    expect(await ask(`/v1/models/${name}:predict`, { instances: rows })).toEqual({ predictions: predict });
    expect(await ask(`/v1/models/${name}/versions/1:predict`, { instances: rows.slice(0, 1) })).toEqual({
      predictions: predict.slice(0, 1),
    });
    if (!proba || name === 'labels') return;
    const body = { instances: rows, signature_name: 'predict_proba' };
    expect(await ask(`/v1/models/${name}:predict`, body)).toEqual({ predictions: proba });
  });

  test('TensorFlow Serving, columns', async () => {
    const { predict } = await expected(name, rows);
    const first = rows[0] as Record<string, unknown>;
    const inputs =
      typeof first === 'string' || Array.isArray(first)
        ? rows
        : Object.fromEntries(Object.keys(first).map((key) => [key, rows.map((row) => (row as typeof first)[key])]));
    expect(await ask(`/v1/models/${name}:predict`, { inputs })).toEqual({ outputs: predict });
  });

  test('Open Inference Protocol', async () => {
    const { predict, proba } = await expected(name, rows);
    const metadata: { inputs: { name: string; datatype: string; shape: number[] }[] } = await (
      await fetch(`${server.url}/v2/models/${name}`)
    ).json();
    const inputs = metadata.inputs.map(({ name: input, datatype, shape }) => ({
      name: input,
      datatype,
      shape: [rows.length, ...shape.slice(1)],
      data: rows
        .map((row) => (typeof row === 'string' || Array.isArray(row) ? row : (row as Record<string, unknown>)[input]))
        .flat(),
    }));
    for (const path of [`/v2/models/${name}/infer`, `/v2/models/${name}/versions/1/infer/`]) {
      const { outputs }: { outputs: { name: string; shape: number[]; data: unknown[] }[] } = await ask(path, {
        inputs,
      });
      expect(outputs[0]?.shape[0]).toBe(rows.length);
      expect(outputs[0]?.data).toEqual(predict.flat());
      if (proba && name !== 'labels') expect(outputs[1]).toMatchObject({ name: 'predict_proba', data: proba.flat() });
    }
  });

  test('MLflow and SageMaker', async () => {
    const { predict } = await expected(name, rows);
    const target = { 'x-amzn-sagemaker-target-model': `${name}.tar.gz` };
    const predictions = { predictions: predict };
    const first = rows[0] as Record<string, unknown>;
    expect(await ask('/invocations', { instances: rows }, target)).toEqual(predictions);
    if (typeof first === 'string') return;
    const columns = Array.isArray(first) ? undefined : Object.keys(first);
    const data = rows.map((row) => Object.values(row));
    const split = { ...(columns ? { columns } : {}), data };
    expect(await ask('/invocations', { dataframe_split: split, params: { a: 1 } }, target)).toEqual(predictions);
    const records = rows.map((row) => Object.fromEntries(Object.entries(row)));
    expect(await ask('/invocations', { dataframe_records: records }, target)).toEqual(predictions);
    const header = columns ?? Object.keys(first).map((_value, i) => `c${i}`);
    const csv = [header, ...data].map((line) => line.join(',')).join('\n');
    expect(await ask('/invocations', csv, { ...target, 'content-type': 'text/csv' })).toEqual(predictions);
  });

  test('TorchServe', async () => {
    const { predict, proba } = await expected(name, rows);
    const answers: unknown[] = await ask(`/predictions/${name}`, rows);
    const isClassifier = proba !== undefined && name !== 'labels';
    expect(answers.map((answer) => (isClassifier ? Object.values(answer as object) : answer))).toEqual(
      isClassifier ? proba : predict,
    );
    expect(await ask(`/predictions/${name}/1`, { data: rows[0] })).toEqual(answers[0]);
    expect(await ask(`/predictions/${name}`, { instances: rows })).toEqual({ predictions: answers });
  });
});

test('Azure ML', async () => {
  const { predict, proba } = await expected('strings', rowsOf('strings'));
  const rows = rowsOf('strings');
  for (const body of [
    { input_data: rows },
    { input_data: { columns: ['a', 'b', 'c', 'd'], data: rows } },
    { data: rows },
  ])
    expect(await ask('/score', body, {}, single)).toEqual(predict);
  expect(await ask('/score', { data: rows, method: 'predict_proba' }, {}, single)).toEqual(proba);
  expect(await ask('/score', { Inputs: { data: rows }, GlobalParameters: {} }, {}, single)).toEqual({
    Results: predict,
  });
  expect(await (await fetch(single.url)).text()).toBe('Healthy');
});

test('Vertex AI', async () => {
  const rows = rowsOf('strings');
  const { predict } = await expected('strings', rows);
  expect((await fetch(`${single.url}/v1/endpoints/7`)).status).toBe(200);
  expect(await ask('/v1/endpoints/7:predict', { instances: rows }, {}, single)).toEqual({ predictions: predict });
  const refused = await send('/v1/endpoints/7:predict', { instances: 3 }, {}, single);
  expect([refused.status, await refused.json()]).toEqual([
    400,
    { error: expect.stringContaining('expected an array') as string },
  ]);
});

test('TensorFlow Serving classifies', async () => {
  const rows = rowsOf('strings', 3) as number[][];
  const { proba } = await expected('strings', rows);
  const { results }: { results: [string, number][][] } = await ask('/v1/models/strings:classify', {
    examples: rows.map((x) => ({ x })),
  });
  expect(results.map((pairs) => pairs.map(([, score]) => score))).toEqual(proba);
  expect(results[0]?.map(([label]) => label)).toEqual(['setosa', 'versicolor', 'virginica']);
  const [row] = rowsOf('linear', 1);
  const { predict } = await expected('linear', rowsOf('linear', 1));
  expect(await ask('/v1/models/linear:regress', { examples: [{ x: row }] })).toEqual({ results: predict });
});

test('many rows are answered in blocks, in order', async () => {
  const rows = Array.from({ length: 5000 }, (_, i) => [4 + (i % 40) / 10, 3, 1 + (i % 60) / 10, 0.2]);
  const { predict } = await expected('strings', rows);
  expect(await ask('/v1/models/strings:predict', { instances: rows })).toEqual({ predictions: predict });
  const input = { name: 'x', shape: [5000, 4], datatype: 'FP64', data: rows.flat() };
  const { outputs }: { outputs: { data: unknown[] }[] } = await ask('/v2/models/strings/infer', { inputs: [input] });
  expect(outputs[0]?.data).toEqual(predict);
});

test.for([
  ['gzip', gzipSync],
  ['deflate', deflateSync],
] as const)('%s bodies', async ([encoding, compress]) => {
  const body = compress(JSON.stringify({ instances: [2, 3, 4] }));
  expect(await ask('/v1/models/half:predict', body, { 'content-encoding': encoding })).toEqual({
    predictions: [3, 3.5, 4],
  });
});

test('a label of TensorFlow Serving is an alias, a version of a file is 1', async () => {
  const get = async (path: string) => {
    const response = await fetch(server.url + path);
    return { status: response.status, body: (await response.json()) as unknown };
  };
  expect((await get('/v1/models/strings/versions/1')).status).toBe(200);
  expect((await get('/v1/models/strings/versions/2')).status).toBe(404);
  expect((await get('/v1/models/sample/versions/3')).status).toBe(200);
  expect(await get('/v1/models/sample/labels/other')).toMatchObject({ status: 404 });
  expect(await get('/v1/models/strings')).toEqual({
    status: 200,
    body: {
      name: 'strings',
      ready: true,
      model_version_status: [{ version: '1', state: 'AVAILABLE', status: { error_code: 'OK', error_message: '' } }],
    },
  });
});

describe('routes', () => {
  const own = { ...native, id: 'operations', routes: [{ method: 'GET', path: '/', handle: () => never() } as const] };
  const never = (): never => {
    throw new Error('not called');
  };

  test('two wires share a route only where the table says how', () => {
    const claims = new Map<string, string[]>();
    for (const { id, routes } of [own, native, ...wires, ...optionalWires])
      for (const { method, path } of routes) {
        const key = `${method} ${path.replaceAll(/\{[^}]*\}/g, '{}')}`;
        claims.set(key, [...(claims.get(key) ?? []), id]);
      }
    const shared = [...claims]
      .filter(([, ids]) => ids.length > 1)
      .map(([key, ids]) => `${key}: ${ids.toSorted().join(', ')}`);
    const optional = new Set(
      optionalWires.flatMap(({ routes }) =>
        routes.map(({ method, path }) => `${method} ${path.replaceAll(/\{[^}]*\}/g, '{}')}`),
      ),
    );
    const declared = sharedRoutes.map(
      ({ method, path, wires: ids }) =>
        `${method} ${path.replaceAll(/\{[^}]*\}/g, '{}')}: ${ids.toSorted().join(', ')}`,
    );
    // Optional wires may claim each other's paths: only one of them is on a port.
    const onOnePort = shared.filter(
      (line) => line.startsWith('GET /ping:') || !optional.has(line.slice(0, line.indexOf(':'))),
    );
    expect(new Set(onOnePort)).toEqual(new Set(declared));
    expect(() => mountRoutes([own, native, ...wires])).not.toThrow();
    for (const wire of optionalWires) expect(() => mountRoutes([own, native, ...wires, wire])).not.toThrow();
  });

  test('an overlap that nobody declared is refused', () => {
    const other = { ...native, id: 'other' };
    expect(() => mountRoutes([native, other])).toThrow('two routes on POST /predict: native and other claim it');
    expect(() => mountRoutes([...wires, ...optionalWires])).toThrow('two routes on GET /models');
  });
});
