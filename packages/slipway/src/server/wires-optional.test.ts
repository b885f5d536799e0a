import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readFixture } from '../../../../test/fixtures.ts';
import { servedFile } from '../../../../test/serve-fixture.ts';
import { openPlaces } from '../cli/model-places.ts';
import { ModelPlane } from '../engine/index.ts';
import { startServer, type RunningServer } from './index.ts';

const { path, golden } = readFixture('sk19-iris-tree-strings');
const folder = mkdtempSync(join(tmpdir(), 'slipway-places-'));
const allowed = join(folder, 'models');
let server: RunningServer;

beforeAll(async () => {
  mkdirSync(join(allowed, 'a1b2'), { recursive: true });
  cpSync(path, join(allowed, 'a1b2/model.joblib'));
  cpSync(path, join(folder, 'outside.joblib'));
  symlinkSync(join(folder, 'outside.joblib'), join(allowed, 'link.joblib'));
  const plane = new ModelPlane({ open: openPlaces(allowed, servedFile) });
  const wires = [{ name: 'sagemaker' }, { name: 'torchserve', port: 0 }];
  server = await startServer({ plane, version: '0.0.0', port: 0, wires });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function ask(method: string, at: string, body?: unknown): Promise<{ status: number; body: unknown }> {
  const response = await fetch((at.startsWith('http') ? '' : server.url) + at, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    body: text.startsWith('{') || text.startsWith('[') ? (JSON.parse(text) as unknown) : text,
  };
}

test('SageMaker loads, lists, invokes and unloads models', async () => {
  const rows = golden.rows.slice(0, 4);
  expect(await ask('GET', '/models')).toEqual({ status: 200, body: { models: [] } });
  expect((await ask('POST', '/models/iris/invoke', { instances: rows })).status).toBe(404);
  const load = { model_name: 'iris', url: join(allowed, 'a1b2') };
  expect((await ask('POST', '/models', load)).status).toBe(200);
  expect((await ask('POST', '/models', load)).status).toBe(409);
  expect(await ask('GET', '/models')).toEqual({ status: 200, body: { models: [{ modelName: 'iris', modelUrl: '' }] } });
  expect((await ask('GET', '/models/iris')).status).toBe(200);
  const predictions = (golden.outputs['predict'] ?? []).slice(0, 4);
  expect(await ask('POST', '/models/iris/invoke', { instances: rows })).toEqual({ status: 200, body: { predictions } });
  const listed = await ask('GET', `${server.wireUrls['torchserve']}/models`);
  expect(listed.body).toEqual({ models: [{ modelName: 'iris', modelUrl: 'iris' }] });
  expect((await ask('DELETE', '/models/iris')).status).toBe(200);
  expect((await ask('DELETE', '/models/iris')).status).toBe(404);
  expect((await ask('GET', '/ping')).status).toBe(200);
});

test.for([
  ['another folder', join(folder, 'outside.joblib')],
  ['a link that leads outside', join(allowed, 'link.joblib')],
  ['a way up', join(allowed, '..', 'outside.joblib')],
  ['what is not there', join(allowed, 'nothing')],
  ['another machine', 'http://169.254.169.254/latest'],
])('%s is not loaded', async ([, url]) => {
  const { status, body } = await ask('POST', '/models', { model_name: 'other', url });
  expect(status).toBe(400);
  expect(body).toMatchObject({ error_code: 'BAD_REQUEST' });
  expect(await ask('GET', '/models')).toEqual({ status: 200, body: { models: [] } });
});

test('a wire on its own port has nothing else, and an unknown one is refused', async () => {
  const { torchserve = '' } = server.wireUrls;
  expect(await ask('GET', `${torchserve}/models/other`)).toMatchObject({
    status: 404,
    body: { code: 404, type: 'ModelNotFoundException', message: 'Model not found: other' },
  });
  expect((await ask('GET', `${torchserve}/healthz`)).status).toBe(404);
  const plane = new ModelPlane();
  const options = { plane, version: '0.0.0', port: 0 };
  await expect(startServer({ ...options, wires: [{ name: 'soap' }] })).rejects.toMatchObject({ code: 'USAGE' });
  const both = [{ name: 'sagemaker' }, { name: 'torchserve' }];
  await expect(startServer({ ...options, wires: both })).rejects.toMatchObject({ code: 'USAGE' });
});
