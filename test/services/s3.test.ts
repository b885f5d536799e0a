import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBlobs, type BlobStore } from '../../packages/slipway/src/stores/index.ts';
import { run } from './run.ts';
import { startSlipway } from './server.ts';
import { startS3, type S3Server } from './versitygw.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'slipway-s3-'));
let s3: S3Server;
let blobs: BlobStore;

beforeAll(async () => {
  s3 = await startS3(join(folder, 'buckets'));
  blobs = await openBlobs('s3://models/team a', s3.env);
});
afterAll(async () => {
  await s3[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const text = new TextEncoder();

test('what was put is got, under its digest; many writers of the same bytes are one blob', async () => {
  const digests = await Promise.all(Array.from({ length: 6 }, () => blobs.put(text.encode('some bytes'))));
  expect(new Set(digests).size).toBe(1);
  const [digest = ''] = digests;
  expect(await blobs.get(digest)).toEqual(text.encode('some bytes'));
  expect(await blobs.has(digest)).toBe(true);
  const listed = await Array.fromAsync(blobs.list());
  expect(listed).toMatchObject([{ sha256: digest }]);
  expect(Math.abs((listed[0]?.modifiedAt.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
  await blobs.delete(digest);
  await blobs.delete(digest);
  expect(await blobs.get(digest)).toBeUndefined();
  expect(await blobs.has(digest)).toBe(false);
});

test('a large blob goes in parts and comes back whole', async () => {
  const bytes = new Uint8Array(40 * 2 ** 20).map((_, i) => (i * 2654435761) >>> 24);
  const digest = await blobs.put(bytes);
  expect(await blobs.get(digest).then((found) => found && Buffer.compare(found, bytes))).toBe(0);
  await blobs.delete(digest);
});

test('bytes that were changed in the store are found when they are read', async () => {
  const digest = await blobs.put(text.encode('original'));
  writeFileSync(join(folder, 'buckets/models/team a/sha256', digest.slice(0, 2), digest), 'tampered');
  await expect(blobs.get(digest)).rejects.toMatchObject({ code: 'PACKAGE_CORRUPT' });
  await blobs.delete(digest);
});

test.for([
  ['a wrong secret', 's3://models', { AWS_SECRET_ACCESS_KEY: 'wrong' }, 'SignatureDoesNotMatch'],
  ['no such bucket', 's3://nowhere', {}, 'NoSuchBucket'],
] as const)('%s is told', async ([, uri, env, said]) => {
  const wrong = await openBlobs(uri, { ...s3.env, ...env });
  await expect(wrong.put(text.encode('x'))).rejects.toMatchObject({ code: 'REMOTE_FAILED' });
  await expect(Array.fromAsync(wrong.list())).rejects.toThrow(said);
});

test('what one machine imports into the store, another serves from it', async () => {
  const env = {
    ...process.env,
    ...s3.env,
    SLIPWAY_ARTIFACT_ROOT: 's3://models/live',
    SLIPWAY_HOME: join(folder, 'home'),
  };
  const cli = join(root, 'packages/slipway/bin/slipway.mjs');
  await run(process.execPath, [cli, 'import', join(root, 'examples/churn/model.joblib'), '--name', 'churn'], { env });
  expect(readdirSync(join(folder, 'home'))).not.toContain('blobs');
  const server = await startSlipway(['serve', 'churn', '--artifact-root', 's3://models/live'], { env });
  const [row] = JSON.parse(readFileSync(join(root, 'examples/churn/rows.json'), 'utf8')) as [unknown];
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${server.url}/predict/churn`, { method: 'POST', headers, body: JSON.stringify(row) });
  expect(await answer.json()).toMatchObject({ prediction: expect.any(String) as string });
  await server.stop();
});
