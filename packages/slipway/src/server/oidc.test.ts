import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleModel, sampleRow } from '../../../../test/sample-model.ts';
import { localActor, parseGrant } from '../access/index.ts';
import { ModelPlane } from '../engine/index.ts';
import { openHome, type Home } from '../registry/index.ts';
import { startServer, type RunningServer } from './index.ts';

let provider: Server;
let issuer: string;
let pair: Awaited<ReturnType<typeof generateKeyPair>>;
let folder: string;
let home: Home;
let server: RunningServer;
let key: string;

beforeAll(async () => {
  pair = await generateKeyPair('ES256');
  const keys = [{ ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'ES256' }];
  provider = createServer((request, response) =>
    response.end(JSON.stringify(request.url === '/keys' ? { keys } : { issuer, jwks_uri: `${issuer}/keys` })),
  ).listen(0, '127.0.0.1');
  await once(provider, 'listening');
  issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
  folder = mkdtempSync(join(tmpdir(), 'slipway-oidc-'));
  home = await openHome({ home: folder, thread: 'inline' });
  const plane = new ModelPlane();
  await plane.serve(['churn'], () => sampleModel());
  key = (await home.keys.create({ name: 'old', grants: [parseGrant('predict')] }, localActor)).key;
  const mapping = 'shop=predict:churn,ml=deploy+predict,boss=admin';
  const oidc = { issuer, audiences: ['slipway'], claim: 'groups', mapping };
  server = await startServer({ plane, version: '0.0.0', port: 0, home, host: '0.0.0.0', auth: 'oidc', oidc });
});
afterAll(async () => {
  await server.close();
  provider.close();
  await home.close();
  rmSync(folder, { recursive: true });
});

const token = (groups: string[], more: object = {}) =>
  new SignJWT({ groups, ...more })
    .setProtectedHeader({ alg: 'ES256', kid: 'one' })
    .setIssuer(issuer)
    .setAudience('slipway')
    .setSubject((more as { sub?: string }).sub ?? 'ann')
    .setExpirationTime('5 min')
    .sign(pair.privateKey);

const ask = (path: string, credential?: string, body?: unknown) =>
  fetch(server.url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(credential === undefined ? {} : { authorization: `Bearer ${credential}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

test.for([
  ['/predict/churn', ['shop'], 200],
  ['/predict/nothing', ['shop'], 403],
  ['/predict/churn', ['ml'], 200],
  ['/predict/nothing', ['ml'], 404],
  ['/predict/churn', ['strangers'], 403],
  ['/predict/churn', [], 403],
] as const)('POST %s as %j answers %s', async ([path, groups, status]) => {
  const credential = await token([...groups]);
  // The second time it is known.
  for (let i = 0; i < 2; i++) expect((await ask(path, credential, sampleRow)).status).toBe(status);
});

test('keys go on working beside tokens, and nothing is open without either', async () => {
  expect((await ask('/predict/churn', key, sampleRow)).status).toBe(200);
  const wrong = [undefined, 'x', 'a.b.c', `${key}x`, (await token(['boss'])).slice(0, -3)];
  for (const credential of wrong) {
    const response = await ask('/predict/churn', credential, sampleRow);
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="slipway"']);
  }
  expect((await ask('/healthz')).status).toBe(200);
  expect((await ask('/healthz', 'a.b.c')).status).toBe(200);
});

test('what a token does is in the audit under its subject', async () => {
  const boss = await token(['boss'], { sub: 'ann' });
  expect((await ask('/api/v1/keys', boss, { name: 'web', scopes: ['predict'] })).status).toBe(201);
  const { entries } = (await (await ask('/api/v1/audit', boss)).json()) as { entries: { actor: string }[] };
  expect(entries.at(-1)?.actor).toBe('oidc:ann');
});

test('each subject has limits of its own; probes and pages count towards none', async () => {
  const plane = new ModelPlane();
  await plane.serve(['churn'], () => sampleModel());
  const oidc = { issuer, audiences: ['slipway'], claim: 'groups', mapping: 'shop=predict:churn', rate: '3/h' };
  const limited = await startServer({ plane, version: '0.0.0', port: 0, home, auth: 'oidc', oidc });
  const predict = async (sub: string) => {
    const response = await fetch(`${limited.url}/predict/churn`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await token(['shop'], { sub })}`, 'content-type': 'application/json' },
      body: JSON.stringify(sampleRow),
    });
    return [response.status, Number(response.headers.get('retry-after')) > 1000];
  };
  const bob = await token(['shop'], { sub: 'bob' });
  for (let i = 0; i < 10; i++)
    for (const path of ['/healthz', '/readyz', '/ping', '/v2/health/ready'])
      expect((await fetch(limited.url + path, { headers: { authorization: `Bearer ${bob}` } })).status).toBe(200);
  for (let i = 0; i < 3; i++) expect(await predict('bob')).toEqual([200, false]);
  // Another token of the same subject is the same caller.
  expect(await predict('bob')).toEqual([429, true]);
  expect(await predict('eve')).toEqual([200, false]);
  expect((await fetch(`${limited.url}/readyz`, { headers: { authorization: `Bearer ${bob}` } })).status).toBe(200);
  await limited.close();
});

test('a large body waits until its token was checked', async () => {
  const rows = Array.from({ length: 20_000 }, () => sampleRow);
  const answers = await Promise.all(
    ['shop', 'ml', 'strangers'].map(async (group) => (await ask('/predict/churn', await token([group]), rows)).status),
  );
  expect(answers).toEqual([200, 200, 403]);
});
