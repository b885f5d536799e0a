import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { diskBlobs, sha256Hex } from './disk-blobs.ts';
import { cleanTemporary, temporaryPath } from './durable.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'slipway-blobs-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const bytes = new TextEncoder().encode('some bytes');
const open = () => diskBlobs(join(folder, 'blobs'), join(folder, 'tmp'));

test('what was put is got, under its digest', async () => {
  const blobs = open();
  const digest = await blobs.put(bytes);
  expect(digest).toBe(sha256Hex(bytes));
  expect(await blobs.get(digest)).toEqual(bytes);
  expect(await blobs.has(digest)).toBe(true);
  expect(await Array.fromAsync(blobs.list())).toMatchObject([{ sha256: digest }]);
  expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
});

test('the same bytes from many writers are one blob', async () => {
  const digests = await Promise.all(Array.from({ length: 8 }, () => open().put(bytes)));
  expect(new Set(digests).size).toBe(1);
  expect(await Array.fromAsync(open().list())).toMatchObject([{ sha256: digests[0] }]);
});

test('a missing blob is undefined; a malformed digest is refused', async () => {
  expect(await open().get('0'.repeat(64))).toBeUndefined();
  expect(await open().has('0'.repeat(64))).toBe(false);
  await expect(open().get('../../etc/passwd')).rejects.toMatchObject({ code: 'PACKAGE_CORRUPT' });
});

test('changed bytes are found when they are read, and storing them again repairs a blob of the wrong size', async () => {
  const digest = await open().put(bytes);
  const path = join(folder, 'blobs/sha256', digest.slice(0, 2), digest);
  writeFileSync(path, 'same bytes');
  await expect(open().get(digest)).rejects.toMatchObject({ code: 'PACKAGE_CORRUPT' });
  writeFileSync(path, 'cut');
  await open().put(bytes);
  expect(await open().get(digest)).toEqual(bytes);
});

test('deleting is final and may be repeated', async () => {
  const digest = await open().put(bytes);
  await open().delete(digest);
  await open().delete(digest);
  expect(await open().get(digest)).toBeUndefined();
});

test('drafts of dead processes go, those of living ones stay', async () => {
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary);
  const now = Date.now();
  const own = temporaryPath(temporary);
  const dead = join(temporary, `${hostname()}~4194304~00`);
  const elsewhere = join(temporary, 'other-machine~1~00');
  const old = join(temporary, 'other-machine~1~01');
  for (const path of [own, dead, elsewhere, old]) writeFileSync(path, '');
  utimesSync(old, 0, 0);
  await cleanTemporary(temporary, now);
  const left = new Set(readdirSync(temporary).map((name) => join(temporary, name)));
  expect(left).toEqual(new Set([own, elsewhere]));
});
