import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { samplePackage } from '../../../../test/sample-package.ts';
import { ModelPlane } from '../engine/index.ts';
import { openHome, type Home } from '../registry/index.ts';
import { startServer, type RunningServer } from './index.ts';

let folder: string;
let home: Home;
let server: RunningServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-endpoints-'));
  home = await openHome({ home: folder, thread: 'inline' });
  await home.registry.register(samplePackage(1), 'churn', { source: {}, summary: {} });
  server = await startServer({ plane: new ModelPlane(), version: '0.0.0', port: 0, home });
});
afterAll(async () => {
  await server.close();
  await home.close();
  rmSync(folder, { recursive: true });
});

async function ask(method: string, path: string, body?: unknown) {
  const response = await fetch(`${server.url}/api/v1/endpoints${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  return { ...((await response.json()) as Record<string, unknown>), status: response.status } as Record<
    string,
    unknown
  >;
}

test('an endpoint is made, changed, promoted, paused and rolled back', async () => {
  const targets = [
    { ref: 'churn:1', weight: 90 },
    { ref: 'churn:2', weight: 10 },
  ];
  expect(await ask('PUT', '/live', { targets, shadows: ['churn:3'], sticky: { header: 'x-user' } })).toMatchObject({
    status: 200,
    name: 'live',
    revision: 1,
    targets,
  });
  expect(await ask('POST', '/live/pause', { ref: 'churn:2' })).toMatchObject({
    revision: 2,
    targets: [targets[0], { ref: 'churn:2', weight: 10, paused: 'by local' }],
  });
  expect(await ask('POST', '/live/pause', { ref: 'churn:1' })).toMatchObject({ status: 409, code: 'CONFLICT' });
  expect(await ask('POST', '/live/resume', { ref: 'churn:2' })).toMatchObject({ revision: 3, targets });
  expect(await ask('POST', '/live/promote', { ref: 'churn:2' })).toMatchObject({
    revision: 4,
    targets: [{ ref: 'churn:2', weight: 100 }],
    shadows: ['churn:3'],
  });
  expect(await ask('POST', '/live/rollback', {})).toMatchObject({ revision: 5, targets });
  const shown = await ask('GET', '/live');
  expect((shown as unknown as { history: { why: string }[] }).history.map(({ why }) => why)).toEqual([
    'rollback to revision 3',
    'promote churn:2',
    'resume churn:2',
    'pause churn:2',
    'set',
  ]);
  expect(await ask('GET', '')).toMatchObject({ endpoints: [{ name: 'live' }] });
  expect(await ask('PUT', '/live', { targets, revision: 2 })).toMatchObject({ status: 409 });
  expect(await ask('DELETE', '/live')).toMatchObject({ deleted: true });
  expect(await ask('GET', '/live')).toMatchObject({ status: 404, code: 'ENDPOINT_NOT_FOUND' });
});

test('endpoints and models share their names', async () => {
  const targets = [{ ref: 'churn:1' }];
  expect(await ask('PUT', '/churn', { targets })).toMatchObject({ status: 409 });
  await ask('PUT', '/front', { targets });
  await expect(home.registry.register(samplePackage(1), 'front', { source: {}, summary: {} })).rejects.toMatchObject({
    code: 'CONFLICT',
  });
});

test.for([
  [{}, 'targets: expected an array, received nothing'],
  [{ targets: [] }, 'targets: expected 1 to 16 targets'],
  [{ targets: [{ ref: 'a b' }] }, 'targets[0].ref: expected a version such as'],
  [{ targets: [{ ref: 'churn', weight: -1 }] }, 'targets[0].weight: expected a number from 0 on'],
  [{ targets: [{ ref: 'churn', weight: '1' }] }, 'targets[0].weight: expected a number, received "1"'],
  [{ targets: [{ ref: 'churn', weight: 0 }] }, 'at least one with a weight'],
  [{ targets: [{ ref: 'churn' }, { ref: 'churn' }] }, 'each version once'],
  [{ targets: [{ ref: 'churn' }], sticky: { header: 'a', column: 'b' } }, 'sticky: expected a header or a column'],
  [{ targets: [{ ref: 'churn' }], rollback: {} }, 'rollback: expected error_rate or latency_p99_ms'],
  [{ targets: [{ ref: 'churn' }], rollback: { error_rate: 2 } }, 'rollback.error_rate: expected a share'],
  [{ targets: [{ ref: 'churn' }], more: 1 }, '"more" is no field'],
] as const)('%j is refused', async ([body, problem]) => {
  const answer = await ask('PUT', '/bad', body);
  expect(answer).toMatchObject({ status: 400, code: 'INVALID_REQUEST' });
  expect(answer['detail']).toContain(problem);
});
