import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from './run.ts';
import { startSlipway, type SlipwayProcess } from './server.ts';
import { venv } from './venv.ts';

const root = resolve(import.meta.dirname, '../..');
const out = mkdtempSync(join(tmpdir(), 'slipway-grpc-'));
const rows = (JSON.parse(readFileSync(join(root, 'examples/churn/rows.json'), 'utf8')) as Record<string, unknown>[])
  .filter((row) => !Object.values(row).includes(null))
  .slice(0, 4);

interface Found {
  readonly [name: string]: unknown;
  readonly outputs: { readonly predict: string[][]; readonly predict_proba: number[][] };
  readonly tf: { readonly version: number; readonly outputs: Record<string, unknown[]> };
  readonly services: string[];
}

let server: SlipwayProcess;
let found: Found;
let native: { prediction: string; probabilities: Record<string, number> }[];

beforeAll(async () => {
  const python = await venv('grpc', [
    'tritonclient==2.71.0',
    'grpcio==1.84.1',
    'grpcio-health-checking==1.84.1',
    'grpcio-reflection==1.84.1',
    'numpy==2.4.6',
    'packaging',
    'python-rapidjson',
    'protobuf>=6',
  ]);
  server = await startSlipway([
    'serve',
    join(root, 'examples/churn/model.joblib'),
    '--name',
    'churn',
    '--grpc-port',
    '0',
  ]);
  const file = join(out, 'rows.json');
  writeFileSync(file, JSON.stringify(rows));
  const { stdout } = await run(python, [
    join(import.meta.dirname, 'grpc-clients.py'),
    `127.0.0.1:${server.grpcPort}`,
    file,
  ]);
  found = JSON.parse(stdout) as Found;
  const response = await fetch(`${server.url}/predict/churn`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(rows),
  });
  native = (await response.json()) as typeof native;
}, 900_000);
afterAll(async () => {
  await server?.stop();
  rmSync(out, { recursive: true, force: true });
});

test('tritonclient finds a server, a model and what it takes', () => {
  expect(found).toMatchObject({ live: true, ready: true, model_ready: true, server: 'slipway', id: 'r-1' });
  expect(Object.keys(found['inputs'] as object).toSorted()).toEqual(Object.keys(rows[0] as object).toSorted());
  expect(found['index']).toEqual({ models: [{ name: 'churn', version: '1', state: 'READY' }] });
});

test('its answers are those of the native wire', () => {
  expect(found.outputs.predict.map(([label]) => label)).toEqual(native.map(({ prediction }) => prediction));
  expect(found.outputs.predict_proba).toEqual(native.map(({ probabilities }) => Object.values(probabilities)));
  expect(found['only']).toEqual(['predict_proba']);
  expect(found['statistics']).toEqual({ name: 'churn', inference_count: '12', execution_count: '3' });
});

test('class_count asks for the largest classes, as Triton writes them', () => {
  expect(found['classes']).toEqual(
    native.map(({ probabilities }) => {
      const entries = Object.entries(probabilities);
      const best = Math.max(...entries.map(([, value]) => value));
      const index = entries.findIndex(([, value]) => value === best);
      return [`${best.toFixed(6)}:${index}:${entries[index]?.[0]}`];
    }),
  );
});

test('a stream answers in order, and one wrong request does not end it', () => {
  const stream = found['stream'] as string[];
  expect(stream.slice(0, 5)).toEqual(['s-0', 's-1', 's-2', 's-3', 's-4']);
  expect(stream[5]).toMatch(/^tenure_months: expected a column of 4 values, received nothing/);
});

test('what is wrong has its status and says what it is', () => {
  expect(found['unknown']).toEqual(['StatusCode.NOT_FOUND', 'There is no model or version "nothing".']);
  expect((found['missing'] as string[])[0]).toBe('StatusCode.INVALID_ARGUMENT');
  expect(found['wrong']).toEqual(['StatusCode.INVALID_ARGUMENT', expect.stringMatching(/age.*expected a number/)]);
});

test('health and reflection, as Kubernetes and grpcurl ask for them', () => {
  expect(found['health']).toEqual([1, 1, 1]);
  expect(found['watched']).toBe(3);
  expect(found.services).toEqual([
    'grpc.health.v1.Health',
    'inference.GRPCInferenceService',
    'tensorflow.serving.ModelService',
    'tensorflow.serving.PredictionService',
  ]);
  expect(found['method']).toBe('tensorflow.serving.PredictRequest');
});

test('TensorFlow Serving’s Predict, with messages that the server describes', () => {
  expect(found.tf).toEqual({ version: 1, outputs: { predict: native.map(({ prediction }) => prediction) } });
});
