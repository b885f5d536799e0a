import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleModel, sampleRow } from '../../../../test/sample-model.ts';
import { ModelPlane } from '../engine/index.ts';
import { readCors } from './cors.ts';
import { startServer, type RunningServer } from './index.ts';

const app = 'https://app.example';
const servers: Record<string, RunningServer> = {};
beforeAll(async () => {
  const plane = new ModelPlane();
  await plane.serve(['churn'], () => sampleModel());
  const start = (corsOrigin?: string, auth?: 'platform') =>
    startServer({ plane, version: '0.0.0', port: 0, corsOrigin, auth });
  servers['off'] = await start(undefined, 'platform');
  servers['app'] = await start(`${app}, http://localhost:3000`, 'platform');
  servers['all'] = await start('*', 'platform');
  servers['local app'] = await start(app);
  servers['local all'] = await start('*');
});
afterAll(() => Promise.all(Object.values(servers).map((server) => server.close())));

/** fetch sends no Origin of its own choice: this does. */
function ask(to: string, method: string, headers: Record<string, string>) {
  const body = method === 'POST' ? JSON.stringify(sampleRow) : undefined;
  return new Promise<{ status: number; headers: Record<string, unknown> }>((resolve, reject) => {
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    request(
      { host: '127.0.0.1', port: servers[to]?.port, path: '/predict', method, headers: { ...type, ...headers } },
      (response) => {
        response.resume();
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers }));
      },
    )
      .on('error', reject)
      .end(body);
  });
}
const allowed = (headers: Record<string, unknown>) => headers['access-control-allow-origin'];
const asked = {
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'authorization,content-type',
};

test.for([
  ['off', app, 200, undefined],
  ['app', app, 200, app],
  ['app', 'http://localhost:3000', 200, 'http://localhost:3000'],
  ['app', 'https://evil.example', 200, undefined],
  ['app', 'https://app.example.evil.example', 200, undefined],
  ['app', 'null', 200, undefined],
  ['all', 'https://evil.example', 200, '*'],
  ['local app', app, 200, app],
  ['local app', 'https://evil.example', 403, undefined],
  // `*` is for servers with keys: one without is not open to every page of the web.
  ['local all', 'https://evil.example', 403, '*'],
] as const)('%s: a request from %s answers %s', async ([to, origin, status, header]) => {
  const answer = await ask(to, 'POST', { origin });
  expect([answer.status, allowed(answer.headers)]).toEqual([status, header]);
  expect(answer.headers).not.toHaveProperty('access-control-allow-credentials');
  if (to === 'app') expect(answer.headers['vary']).toBe('origin');
});

test('a preflight of an allowed page is answered without a key', async () => {
  const { status, headers } = await ask('app', 'OPTIONS', { origin: app, ...asked });
  expect(status).toBe(204);
  expect(headers).toMatchObject({
    'access-control-allow-origin': app,
    'access-control-allow-headers': 'authorization,content-type',
    'access-control-allow-methods': expect.stringContaining('POST') as string,
  });
  expect(headers).not.toHaveProperty('access-control-allow-credentials');
});

test.for([
  ['off', app],
  ['app', 'https://evil.example'],
] as const)('%s: a preflight from %s allows nothing', async ([to, origin]) => {
  const { headers } = await ask(to, 'OPTIONS', { origin, ...asked });
  expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
});

test('without an origin nothing is added', async () => {
  const { headers } = await ask('app', 'POST', {});
  expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
});

test.for([
  'app.example',
  'https://app.example/',
  'https://app.example/x',
  'ftp://x',
  'https://app.example:443',
  'null',
])('--cors-origin %s is refused', (text) =>
  expect(() => readCors(text)).toThrow(expect.objectContaining({ code: 'USAGE' }) as Error),
);
