import { createHmac, createPublicKey } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { base64url, exportJWK, exportSPKI, generateKeyPair, SignJWT, type JWK, type JWTPayload } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Principal } from '../principal.ts';
import { openOidc, type Oidc, type OidcSettings } from './index.ts';

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;

/** A real provider on this machine: it publishes keys, and may rotate, lie or be away. */
let provider: Server;
let issuer: string;
let published: JWK[];
let asked: string[];
let isAway: boolean;
let named: string | undefined;
const pairs: Record<string, KeyPair> = {};
let oidc: Oidc | undefined;

beforeAll(async () => {
  provider = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (isAway) return void response.writeHead(503).end();
    const discovery = { issuer: named ?? issuer, jwks_uri: `${issuer}/keys` };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(request.url === '/keys' ? { keys: published } : discovery));
  }).listen(0, '127.0.0.1');
  await once(provider, 'listening');
  issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
  for (const [name, algorithm] of [
    ['rsa', 'RS256'],
    ['ec', 'ES256'],
    ['next', 'ES256'],
    ['stranger', 'RS256'],
  ] as const)
    pairs[name] = await generateKeyPair(algorithm, { extractable: true });
});
afterAll(() => provider.close());
beforeEach(async () => {
  asked = [];
  isAway = false;
  named = undefined;
  published = await Promise.all([jwk('rsa', 'RS256'), jwk('ec', 'ES256')]);
});
afterEach(() => oidc?.close());

async function jwk(name: string, alg: string): Promise<JWK> {
  return { ...(await exportJWK((pairs[name] as KeyPair).publicKey)), kid: name, alg, use: 'sig' };
}

async function open(more: Partial<OidcSettings> = {}, times: { refreshMs?: number; cooldownMs?: number } = {}) {
  return (oidc = await openOidc({ issuer, audiences: ['slipway'], claim: 'scope', ...more }, undefined, times));
}

interface TokenOptions {
  readonly by?: string;
  readonly alg?: string;
  readonly kid?: string | undefined;
  readonly claims?: Record<string, unknown>;
}
const now = () => Math.floor(Date.now() / 1000);

function token({ by = 'rsa', alg = 'RS256', kid = by, claims = {} }: TokenOptions = {}): Promise<string> {
  const payload = {
    iss: issuer,
    aud: 'slipway',
    sub: 'ann',
    exp: now() + 600,
    scope: 'openid predict:churn',
    ...claims,
  };
  const given = Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== undefined));
  return new SignJWT(given).setProtectedHeader({ alg, kid }).sign((pairs[by] as KeyPair).privateKey);
}

const part = (value: unknown) => base64url.encode(JSON.stringify(value));
const claims = () => ({ iss: issuer, aud: 'slipway', sub: 'ann', exp: now() + 600, scope: 'admin' });

async function outcome(text: string | Promise<string>): Promise<string> {
  try {
    return (await (oidc as Oidc).authenticate(await text)).name;
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return `${code} ${message}`;
  }
}

test.for([
  { name: 'RS256', made: {} },
  { name: 'ES256', made: { by: 'ec', alg: 'ES256' } },
  { name: 'several audiences', made: { claims: { aud: ['other', 'slipway'] } } },
  { name: 'a clock that is a little off', made: { claims: { exp: now() - 10, nbf: now() + 10 } } },
])('takes $name', async ({ made }) => {
  await open();
  expect(await outcome(token(made))).toBe('oidc:ann');
});

test.for<{ name: string; made: TokenOptions; problem: string }>([
  {
    name: 'another audience',
    made: { claims: { aud: 'mail' } },
    problem: 'The token is made out for another audience.',
  },
  { name: 'no audience', made: { claims: { aud: undefined } }, problem: 'The token is made out for another audience.' },
  {
    name: 'another issuer',
    made: { claims: { iss: 'https://evil.example' } },
    problem: 'The token is of another issuer.',
  },
  { name: 'expired', made: { claims: { exp: now() - 60 } }, problem: 'The token has expired.' },
  { name: 'no end', made: { claims: { exp: undefined } }, problem: 'The token lacks a valid "exp".' },
  { name: 'not yet', made: { claims: { nbf: now() + 60 } }, problem: 'The token is not valid yet.' },
  { name: 'nobody', made: { claims: { sub: undefined } }, problem: 'The token lacks a valid "sub".' },
  { name: 'a key of nobody', made: { kid: 'unknown' }, problem: 'The key or token is not valid.' },
  {
    name: 'the key of another under a known name',
    made: { by: 'stranger', kid: 'rsa' },
    problem: 'The key or token is not valid.',
  },
  {
    name: 'an algorithm that is not of the key',
    made: { by: 'ec', alg: 'ES256', kid: 'rsa' },
    problem: 'The key or token is not valid.',
  },
])('refuses $name', async ({ made, problem }) => {
  await open();
  expect(await outcome(token(made))).toBe(`UNAUTHENTICATED ${problem}`);
});

test('the public key is no secret: HS256 with it, and none at all, are refused', async () => {
  await open();
  const { publicKey } = pairs['rsa'] as KeyPair;
  const pem = await exportSPKI(publicKey);
  const der = createPublicKey(pem).export({ type: 'spki', format: 'der' });
  const body = (alg: string) => `${part({ alg, kid: 'rsa' })}.${part(claims())}`;
  const hmac = (secret: string | Buffer) => createHmac('sha256', secret).update(body('HS256')).digest('base64url');
  const forged = [
    `${body('HS256')}.${hmac(pem)}`,
    `${body('HS256')}.${hmac(der)}`,
    `${body('HS256')}.${hmac(JSON.stringify(published[0]))}`,
    `${body('none')}.`,
    `${body('none')}.AA`,
    `${body('None')}.AA`,
    body('none'),
  ];
  for (const text of forged) expect(await outcome(text)).toBe('UNAUTHENTICATED The key or token is not valid.');
});

test('a changed token, a key inside the token and hostile texts are refused', async () => {
  await open();
  const [head = '', body = '', signature = ''] = (await token()).split('.');
  const own = await jwk('stranger', 'RS256');
  const inside = await new SignJWT(claims())
    .setProtectedHeader({ alg: 'RS256', kid: 'stranger', jwk: own, jku: `${issuer}/other`, x5u: `${issuer}/x` })
    .sign((pairs['stranger'] as KeyPair).privateKey);
  const texts = [
    `${head}.${part({ ...claims(), sub: 'eve' })}.${signature}`,
    `${head}.${body}.${signature.slice(0, -4)}`,
    inside,
    '',
    'x',
    '..',
    'a.b.c',
    `${head}.${body}`,
    `${'a'.repeat(5000)}.${'b'.repeat(5000)}.${'c'.repeat(5000)}`,
    'slw_000000000000_x',
    `${part({ alg: 'RS256', kid: 'rsa', crit: ['b64'], b64: false })}.${body}.${signature}`,
  ];
  for (const text of texts) expect(await outcome(text)).toBe('UNAUTHENTICATED The key or token is not valid.');
  expect(asked.filter((path) => path !== '/keys' && !path.includes('.well-known'))).toEqual([]);
});

test('a token is checked once: then it is known at once', async () => {
  await open();
  const text = await token();
  const first = await (oidc as Oidc).authenticate(text);
  const again = (oidc as Oidc).authenticate(text);
  expect(again).toBe(first);
});

test('rotation: an unknown key makes the provider be asked, but strangers cannot make that often', async () => {
  await open({}, { cooldownMs: 300 });
  const before = asked.length;
  published = [...published, await jwk('next', 'ES256')];
  const rotated = await token({ by: 'next', alg: 'ES256' });
  for (let i = 0; i < 20; i++) await outcome(token({ kid: `made-up-${i}` }));
  expect(asked.length).toBe(before);
  await new Promise((resolve) => setTimeout(resolve, 310));
  expect(await outcome(rotated)).toBe('oidc:ann');
  expect(asked.length).toBe(before + 2);
});

test('a key that the provider takes back takes its tokens along', async () => {
  await open({}, { refreshMs: 50, cooldownMs: 0 });
  const text = await token();
  expect(await outcome(text)).toBe('oidc:ann');
  published = published.slice(1);
  for (let i = 0; i < 60 && (await outcome(text)) === 'oidc:ann'; i++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await outcome(text)).toMatch('UNAUTHENTICATED');
});

test('while the provider is away, known keys go on working, also for new tokens', async () => {
  await open({}, { refreshMs: 20, cooldownMs: 0 });
  isAway = true;
  const before = asked.length;
  while (asked.length < before + 3) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await outcome(token())).toBe('oidc:ann');
  expect(await outcome(token({ kid: 'unknown' }))).toMatch('UNAUTHENTICATED');
});

test('a provider that is away at the start is asked again later', async () => {
  isAway = true;
  await open({}, { cooldownMs: 0 });
  expect(await outcome(token())).toBe('NOT_READY The identity provider does not answer, so no token can be checked.');
  isAway = false;
  expect(await outcome(token())).toBe('oidc:ann');
});

test('a provider that is not the one of the settings is refused at the start', async () => {
  named = 'https://other.example';
  await expect(open()).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining('other.example') as string,
  });
  named = undefined;
  await expect(open({ jwks: `${issuer}/nothing` })).rejects.toMatchObject({ code: 'USAGE' });
  await open({ jwks: `${issuer}/keys` });
});

test.for<[Partial<OidcSettings>, string]>([
  [{ issuer: 'http://login.example' }, '--oidc-issuer: expected a URL with https'],
  [{ issuer: 'login' }, '--oidc-issuer: expected a URL with https'],
  [{ issuer: 'https://a:b@login.example' }, '--oidc-issuer: expected a URL with https'],
  [{ jwks: 'file:///etc/passwd' }, '--oidc-jwks: expected a URL with https'],
  [{ audiences: [] }, '--oidc-audience is missing'],
  [{ mapping: 'ml-team' }, '--oidc-scopes: expected GROUP=SCOPE'],
  [{ mapping: 'ml-team=fly' }, '"fly" is no scope'],
  [{ mapping: 'ml-team=admin:churn' }, '"admin:churn" is no scope'],
])('%j is refused', async ([settings, problem]) => {
  await expect(open(settings)).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining(problem) as string,
  });
});

const shown = ({ grants }: Principal) => grants.map(({ scope, model }) => (model ? `${scope}:${model}` : scope));
test.for<[string, Partial<OidcSettings>, JWTPayload, string[]]>([
  ['scopes themselves', {}, { scope: 'openid profile predict:churn read' }, ['predict:churn', 'read']],
  ['an array', { claim: 'scp' }, { scp: ['predict', 'email', 7] }, ['predict']],
  ['a path', { claim: 'realm_access.roles' }, { realm_access: { roles: ['deploy:churn-*'] } }, ['deploy:churn-*']],
  ['a name with dots', { claim: 'https://x.example/roles' }, { 'https://x.example/roles': 'read' }, ['read']],
  [
    'a mapping',
    { claim: 'groups', mapping: 'ml=deploy+predict, shop=predict:churn' },
    { groups: ['ml', 'admin'] },
    ['deploy', 'predict'],
  ],
  [
    'the same group twice',
    { claim: 'groups', mapping: 'ml=deploy,ml=predict' },
    { groups: ['ml'] },
    ['deploy', 'predict'],
  ],
  ['nothing', { claim: 'groups', mapping: 'ml=deploy' }, { groups: ['__proto__', 'constructor'] }, []],
  ['no claim', { claim: 'constructor.name' }, {}, []],
])('grants of %s', async ([, settings, more, grants]) => {
  await open(settings);
  expect(shown(await (oidc as Oidc).authenticate(await token({ claims: { scope: 'admin', ...more } })))).toEqual(
    grants,
  );
});
