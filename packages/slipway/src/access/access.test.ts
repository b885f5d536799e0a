import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqlite, type RowStore } from '../stores/index.ts';
import { accessMigrations, Keyring, keysOf, KeyStore, localActor, parseGrant, parseRate, readAudit } from './index.ts';
import { Usage } from './usage.ts';
import { TokenBucket } from './rate.ts';
import { allows } from './scope.ts';

let folder: string;
let rows: RowStore;
let now: Date;
let keys: KeyStore;
let ring: Keyring;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-access-'));
  rows = await openSqlite({ path: join(folder, 'x.db'), migrations: accessMigrations, thread: 'inline' });
  now = new Date('2026-01-02T03:04:05Z');
  keys = new KeyStore(rows, () => now);
  ring = new Keyring(keysOf(rows), () => now);
});
afterEach(async () => {
  await ring.close();
  await rows.close();
  rmSync(folder, { recursive: true });
});

const make = (scope = 'predict', more: object = {}) =>
  keys.create({ name: 'shop', grants: scope.split(',').map(parseGrant), ...more }, localActor);
const later = (ms: number) => (now = new Date(now.getTime() + ms));
const code = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return undefined;
};

test('a key is stored as a hash only, and its beginning is its id', async () => {
  const { key, id } = await make();
  expect(key).toMatch(/^slw_[0-9a-f]{12}_[\w-]{43}$/);
  expect(key.startsWith(`${id}_`)).toBe(true);
  const everything = JSON.stringify(await rows.read('SELECT * FROM keys')) + JSON.stringify(await readAudit(rows));
  expect(everything).toContain(id);
  expect(everything).not.toContain(key.slice(id.length + 1));
});

test('a ring knows keys after a reload, and is closed from the first one on', async () => {
  expect(ring.isClosed).toBe(false);
  const { key, id } = await make();
  expect(code(() => ring.authenticate(key))).toBe('UNAUTHENTICATED');
  await ring.reload();
  expect(ring.isClosed).toBe(true);
  expect(ring.authenticate(key).name).toBe(id);
});

test.for(['', 'x', 'slw_', `slw_${'0'.repeat(12)}_${'A'.repeat(43)}`, 'é'.repeat(500)])(
  '%j is no key',
  async (text) => {
    await make();
    await ring.reload();
    expect(code(() => ring.authenticate(text))).toBe('UNAUTHENTICATED');
  },
);

test('the secret of one key with the id of another is refused', async () => {
  const [a, b] = [await make(), await make()];
  await ring.reload();
  expect(code(() => ring.authenticate(a.id + b.key.slice(b.id.length)))).toBe('UNAUTHENTICATED');
});

test('keys end when they expire or are revoked; a ring stays closed when they expire', async () => {
  const short = await make('predict', { lifetimeMs: 1000 });
  const long = await make();
  await ring.reload();
  later(999);
  expect(ring.authenticate(short.key).name).toBe(short.id);
  later(1);
  expect(code(() => ring.authenticate(short.key))).toBe('UNAUTHENTICATED');
  await keys.revoke(long.id, localActor);
  await ring.reload();
  expect(code(() => ring.authenticate(long.key))).toBe('UNAUTHENTICATED');
  expect(ring.isClosed).toBe(true);
});

test('rotation overlaps', async () => {
  const old = await make('predict:churn,read', { lifetimeMs: 1e9, rate: parseRate('9/s') });
  const next = await keys.rotate('shop', 5000, localActor);
  expect(next).toMatchObject({ name: 'shop', replaces: old.id, grants: old.grants, rate: { text: '9/s' } });
  await ring.reload();
  expect([ring.authenticate(old.key).name, ring.authenticate(next.key).name]).toEqual([old.id, next.id]);
  later(5000);
  expect(code(() => ring.authenticate(old.key))).toBe('UNAUTHENTICATED');
  expect(ring.authenticate(next.key).name).toBe(next.id);
  await expect(keys.rotate(old.id, 0, localActor)).rejects.toMatchObject({ code: 'CONFLICT' });
  await expect(keys.rotate('nobody', 0, localActor)).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' });
});

test.for([
  ['predict', 'predict', 'churn', true],
  ['predict', 'predict', undefined, true],
  ['predict', 'read', 'churn', false],
  ['predict:churn', 'predict', 'churn', true],
  ['predict:churn', 'predict', 'churn2', false],
  ['predict:churn', 'predict', undefined, false],
  ['predict:churn-*', 'predict', 'churn-eu', true],
  ['predict:churn-*', 'predict', 'churn', false],
  ['write', 'read', 'churn', true],
  ['deploy:churn', 'read', 'churn', true],
  ['deploy', 'write', 'churn', false],
  ['admin', 'deploy', 'churn', true],
  ['admin', 'admin', undefined, true],
] as const)('%s allows %s on %s: %s', ([grant, scope, model, expected]) =>
  expect(allows([parseGrant(grant)], scope, model)).toBe(expected),
);

test.for(['', 'all', 'predict:', 'predict:a b', 'admin:churn', 'read:*x', 'Predict'])('%j is no scope', (text) =>
  expect(code(() => parseGrant(text))).toBe('INVALID_REQUEST'),
);

test('a bucket gives what was asked for and fills evenly', () => {
  const bucket = new TokenBucket(parseRate('10/s'), 0);
  for (let i = 0; i < 10; i++) expect(bucket.take(0)).toBeUndefined();
  expect(bucket.take(0)).toBe(100);
  expect(bucket.take(99)).toBe(1);
  expect(bucket.take(100)).toBeUndefined();
  expect(bucket.take(100)).toBe(100);
  expect(bucket.take(50)).toBe(100);
});

test.for(['', '10', '10/x', '0/s', '-1/s', '1.5/s', '1/constructor'])('%j is no rate', (text) =>
  expect(code(() => parseRate(text))).toBe('INVALID_REQUEST'),
);

test('what a key used up stays used after a reload', async () => {
  const { key } = await make('predict', { rate: parseRate('2/min') });
  await ring.reload();
  ring.authenticate(key);
  ring.authenticate(key);
  await ring.reload();
  expect(code(() => ring.authenticate(key))).toBe('RATE_LIMITED');
  later(30_000);
  expect(code(() => ring.authenticate(key))).toBeUndefined();
});

test('a restart refills no quota, but time does', async () => {
  const { key, id } = await make('predict', { quota: parseRate('4/day') });
  await ring.reload();
  for (let i = 0; i < 3; i++) ring.authenticate(key);
  await ring.close();
  ring = new Keyring(keysOf(rows), () => now);
  await ring.reload();
  ring.authenticate(key);
  expect(code(() => ring.authenticate(key))).toBe('RATE_LIMITED');
  await ring.close();
  later(6 * 3_600_000);
  ring = new Keyring(keysOf(rows), () => now);
  await ring.reload();
  ring.authenticate(key);
  expect(code(() => ring.authenticate(key))).toBe('RATE_LIMITED');
  // Nor does a new key in place of the old one.
  await ring.flush();
  const next = await keys.rotate(id, 0, localActor);
  await ring.reload();
  expect(code(() => ring.authenticate(next.key))).toBe('RATE_LIMITED');
  later(365 * 86_400_000);
  for (let i = 0; i < 4; i++) ring.authenticate(next.key);
  expect(code(() => ring.authenticate(next.key))).toBe('RATE_LIMITED');
});

test('servers of one home spend from the same quota', async () => {
  const { key } = await make('predict', { quota: parseRate('10/day') });
  const other = new Keyring(keysOf(rows), () => now);
  await Promise.all([ring.reload(), other.reload()]);
  for (let i = 0; i < 4; i++) ring.authenticate(key);
  for (let i = 0; i < 5; i++) other.authenticate(key);
  await Promise.all([ring.flush(), other.flush()]);
  await Promise.all([ring.reload(), other.reload()]);
  ring.authenticate(key);
  expect(code(() => ring.authenticate(key))).toBe('RATE_LIMITED');
  await ring.flush();
  await other.reload();
  expect(code(() => other.authenticate(key))).toBe('RATE_LIMITED');
  await other.close();
});

test('what could not be written is written later', async () => {
  const { key } = await make('predict', { quota: parseRate('3/day') });
  const source = keysOf(rows);
  let isAway = true;
  const spend: typeof source.spend = (...given) =>
    isAway ? Promise.reject(new Error('locked')) : source.spend(...given);
  await ring.close();
  ring = new Keyring({ ...source, spend }, () => now);
  await ring.reload();
  ring.authenticate(key);
  await ring.flush();
  isAway = false;
  ring.authenticate(key);
  await ring.close();
  ring = new Keyring(source, () => now);
  await ring.reload();
  ring.authenticate(key);
  expect(code(() => ring.authenticate(key))).toBe('RATE_LIMITED');
});

test('uses are noted', async () => {
  const { key, id } = await make();
  await ring.reload();
  ring.authenticate(key);
  await ring.flush();
  expect((await keys.get(id)).lastUsedAt).toBe(now.toISOString());
});

test('every action is in the audit, which nobody changes', async () => {
  const { id } = await make('predict:churn');
  await keys.revoke(id, { name: 'slw_boss', requestId: 'r1' });
  await keys.revoke(id, localActor);
  expect(await readAudit(rows)).toMatchObject([
    { actor: 'local', action: 'key.create', target: id, details: { name: 'shop', scopes: ['predict:churn'] } },
    { actor: 'slw_boss', action: 'key.revoke', target: id, request_id: 'r1' },
  ]);
  for (const sql of ['DELETE FROM audit', "UPDATE audit SET actor = 'x'"])
    await expect(rows.write([{ sql }])).rejects.toThrow('append-only');
});

test('subjects of a provider spend from quotas too, and a restart refills none', async () => {
  const limits = { rate: undefined, quota: parseRate('3/day') };
  const uses = (usage: Usage) =>
    Array.from({ length: 4 }, () => code(() => usage.take('oidc:ann', limits, now.getTime())));
  const first = new Usage(keysOf(rows));
  expect(uses(first)).toEqual([undefined, undefined, undefined, 'RATE_LIMITED']);
  await first.flush(now.getTime());
  const second = new Usage(keysOf(rows));
  await second.read(now.getTime());
  expect(uses(second)[0]).toBe('RATE_LIMITED');
  // Another process tells what was used there, also of whom this one never saw.
  const third = new Usage(undefined);
  third.limitAll('oidc:', limits);
  third.charge({ 'oidc:bob': 3, slw_x: 5 }, now.getTime());
  expect(code(() => third.take('oidc:bob', limits, now.getTime()))).toBe('RATE_LIMITED');
});

test('what needs no key takes nothing from its bucket', async () => {
  const { key } = await keys.create({ name: 'x', grants: [parseGrant('predict')], rate: parseRate('1/h') }, localActor);
  await ring.reload();
  for (let i = 0; i < 5; i++) ring.identify(key);
  ring.authenticate(key);
  expect(code(() => ring.authenticate(key))).toBe('RATE_LIMITED');
});
