import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleModel, sampleRow } from '../../../../test/sample-model.ts';
import { localActor, parseGrant } from '../access/index.ts';
import { ModelPlane } from '../engine/index.ts';
import { openHome, type Home } from '../registry/index.ts';
import { startServer, type RunningServer } from './index.ts';

let folder: string;
let home: Home;
let server: RunningServer;
let open: RunningServer;
const issued: Record<string, string> = {};

const start = (more: object = {}) => startServer({ plane, version: '0.0.0', port: 0, home, ...more });
let plane: ModelPlane;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-keys-'));
  home = await openHome({ home: folder, thread: 'inline' });
  plane = new ModelPlane();
  await plane.serve(['churn'], () => sampleModel());
  open = await start();
  await expect(start({ host: '0.0.0.0' })).rejects.toMatchObject({ code: 'KEYS_REQUIRED' });
  await expect(start({ auth: 'keys' })).rejects.toMatchObject({ code: 'KEYS_REQUIRED' });
  for (const scope of ['predict', 'predict:churn', 'predict:other', 'read', 'read:other', 'write', 'deploy', 'admin'])
    issued[scope] = (await home.keys.create({ name: scope, grants: [parseGrant(scope)] }, localActor)).key;
  server = await start({ host: '0.0.0.0' });
});
afterAll(async () => {
  await Promise.all([server.close(), open.close()]);
  await home.close();
  rmSync(folder, { recursive: true });
});

interface Asked {
  readonly key?: string | undefined;
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

function ask(path: string, { key, method, body, headers }: Asked = {}, to = server) {
  return fetch(to.url + path, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}
const statusOf = async (path: string, asked: Asked) => (await ask(path, asked)).status;

test.for([
  ['/predict', 'predict', 200],
  ['/predict/churn', 'predict:churn', 200],
  ['/predict', 'predict:churn', 200],
  ['/predict/churn', 'predict:other', 403],
  ['/predict', 'predict:other', 403],
  ['/predict/nothing', 'predict:other', 403],
  ['/predict/nothing', 'predict:churn', 403],
  ['/predict/nothing', 'predict', 404],
  ['/predict/churn', 'read', 403],
  ['/predict/churn', 'admin', 200],
  ['/predict/churn', undefined, 401],
  ['/predict/nothing', undefined, 401],
] as const)('POST %s with %s answers %s', async ([path, scope, status]) =>
  expect(await statusOf(path, { key: scope && issued[scope], body: sampleRow })).toBe(status),
);

test.for([
  ['/healthz', undefined, 200],
  ['/readyz', undefined, 200],
  ['/healthz', 'wrong', 200],
  ['/', undefined, 200],
  ['/metrics', undefined, 401],
  ['/metrics', 'predict', 403],
  ['/metrics', 'read', 200],
  ['/openapi.json', undefined, 401],
  ['/api/v1/models', 'write', 200],
  ['/api/v1/models/churn', 'read:other', 403],
  ['/api/v1/models/nothing', 'read:other', 403],
  ['/api/v1/models/nothing', 'read', 404],
  ['/api/v1/keys', 'write', 403],
  ['/api/v1/keys', 'admin', 200],
  ['/api/v1/audit', 'deploy', 403],
  ['/nothing', undefined, 401],
  ['/nothing', 'predict', 404],
] as const)('GET %s with %s answers %s', async ([path, scope, status]) =>
  expect(await statusOf(path, { key: scope && (issued[scope] ?? 'slw_wrong') })).toBe(status),
);

test('a refusal says the same whatever is wrong with the key, and how to authenticate', async () => {
  const wrong = ['slw_x', issued['read']?.slice(0, -1), `${issued['read']}x`, ''];
  const texts = new Set<string>();
  for (const key of wrong) {
    const response = await ask('/api/v1/models', { key });
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="slipway"']);
    const { code, detail } = (await response.json()) as { code: string; detail: string };
    expect(code).toBe('UNAUTHENTICATED');
    texts.add(detail);
  }
  expect(texts.size).toBeLessThanOrEqual(2);
});

test.for([
  ['x-api-key', (key: string) => key],
  ['authorization', (key: string) => `bearer ${key}`],
  ['authorization', (key: string) => `Basic ${btoa(`anybody:${key}`)}`],
] as const)('a key may come as %s', async ([header, value]) =>
  expect(await statusOf('/api/v1/models', { headers: { [header]: value(issued['read'] as string) } })).toBe(200),
);

test('pages of other origins cannot use what a browser sends by itself', async () => {
  const headers = { authorization: `Basic ${btoa(`:${issued['predict']}`)}`, origin: 'https://evil.example' };
  expect(await statusOf('/predict', { body: sampleRow, headers })).toBe(401);
});

test('a browser is asked for the key, and then sees the page', async () => {
  const accept = { accept: 'text/html' };
  const asked = await ask('/', { headers: accept });
  expect([asked.status, asked.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('Basic')]);
  expect(await asked.text()).toContain('This server needs a key');
  const shown = await ask('/', { headers: accept, key: issued['read'] });
  expect(shown.status).toBe(200);
  expect(await shown.text()).toContain('churn');
});

test('lists show what the key may see', async () => {
  const names = async (key: string | undefined) =>
    ((await (await ask('/api/v1/models', { key })).json()) as { models: { name: string }[] }).models.map(
      ({ name }) => name,
    );
  expect(await names(issued['read'])).toEqual(['churn']);
  expect(await names(issued['read:other'])).toEqual([]);
});

test('keys are managed over HTTP, and every step is in the audit', async () => {
  const admin = { key: issued['admin'] };
  const made = await ask('/api/v1/keys', {
    ...admin,
    body: { name: 'web', scopes: ['predict:churn'], expires_in: '1h', rate: '2/min' },
    headers: { 'x-request-id': 'req-1' },
  });
  expect([made.status, made.headers.get('cache-control')]).toEqual([201, 'no-store']);
  const { id, key } = (await made.json()) as { id: string; key: string };
  const answers = [];
  for (let i = 0; i < 3; i++) answers.push(await ask('/predict/churn', { key, body: sampleRow }));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
  expect(Number(answers[2]?.headers.get('retry-after'))).toBeGreaterThan(20);

  const rotated = (await (
    await ask(`/api/v1/keys/${id}/rotate`, { ...admin, body: { overlap: '0s' } })
  ).json()) as Record<string, string>;
  expect(rotated).toMatchObject({ name: 'web', replaces: id, scopes: ['predict:churn'] });
  expect(await statusOf('/predict/churn', { key, body: sampleRow })).toBe(401);
  expect(await statusOf('/predict/churn', { key: rotated['key'], body: sampleRow })).toBe(200);
  expect(await statusOf(`/api/v1/keys/${rotated['id']}`, { ...admin, method: 'DELETE' })).toBe(200);
  expect(await statusOf('/predict/churn', { key: rotated['key'], body: sampleRow })).toBe(401);

  const { entries } = (await (await ask('/api/v1/audit?limit=1000', admin)).json()) as {
    entries: { action: string; actor: string; target: string; request_id?: string }[];
  };
  const ofWeb = entries.filter(({ target }) => target === id || target === rotated['id']);
  expect(ofWeb.map(({ action }) => action)).toEqual(['key.create', 'key.rotate', 'key.revoke']);
  expect(ofWeb[0]).toMatchObject({ actor: issued['admin']?.slice(0, 16), request_id: 'req-1' });
  const lines = await ask('/api/v1/audit', { ...admin, headers: { accept: 'application/x-ndjson' } });
  expect((await lines.text()).trim().split('\n').length).toBe(entries.length);
});

test.for([
  [{}, 'name: expected a string'],
  [{ name: 'x' }, 'scopes: expected at least one'],
  [{ name: 'x', scopes: 'read' }, 'scopes: expected an array of strings, received "read"'],
  [{ name: 'x', scopes: ['fly'] }, '"fly" is no scope'],
  [{ name: 'x', scopes: ['read'], expires_in: 'soon' }, 'expires_in: expected a time'],
  [{ name: 'x', scopes: ['read'], rate: 'fast' }, '"fast" is no rate'],
  [{ name: 'x', scopes: ['read'], more: 1 }, '"more" is no field'],
  [[], 'expected a JSON object'],
] as const)('%j is refused', async ([body, problem]) => {
  const response = await ask('/api/v1/keys', { key: issued['admin'], body });
  expect(response.status).toBe(400);
  expect(((await response.json()) as { detail: string }).detail).toContain(problem);
});

test('a server that was open closes when the first key is made', async () => {
  for (let i = 0; i < 40 && (await ask('/api/v1/models', {}, open)).status === 200; i++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  expect((await ask('/api/v1/models', {}, open)).status).toBe(401);
  expect((await ask('/api/v1/models', { key: issued['read'] }, open)).status).toBe(200);
});

test('the document has every route of management, and each says who may call it', async () => {
  const { paths } = (await (await ask('/openapi.json', { key: issued['read'] })).json()) as {
    paths: Record<string, Record<string, { security?: unknown[] }>>;
  };
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item)
      .filter((method) => method !== 'parameters')
      .map((method) => [path, method.toUpperCase()] as const),
  );
  for (const [path, method] of operations) {
    const concrete = path
      .replace('{name}', 'churn')
      .replace('{version}', '3')
      .replace(/\{.*?\}/g, 'x');
    const { security } = paths[path]?.[method.toLowerCase()] ?? {};
    const isPublic = concrete === '/healthz' || concrete === '/readyz' || security?.length === 0;
    expect(await statusOf(concrete, { method }), `${method} ${path}`).toBe(isPublic ? 200 : 401);
    const answered = await ask(concrete, { method, key: issued['admin'], ...(method === 'GET' ? {} : { body: {} }) });
    if (answered.headers.get('content-type') === 'text/event-stream') {
      // It has no end.
      await answered.body?.cancel();
      continue;
    }
    expect(await answered.text(), `${method} ${path}`).not.toMatch(/"code":"(?:ROUTE_NOT_FOUND|METHOD_NOT_ALLOWED)"/);
  }
  expect(operations.length).toBeGreaterThan(12);
});
