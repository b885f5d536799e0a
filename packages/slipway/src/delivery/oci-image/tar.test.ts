import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTar } from '@slipway/core/formats';
import { afterAll, expect, test } from 'vitest';
import { writeTar, type TarEntry } from './tar.ts';

const folder = mkdtempSync(join(tmpdir(), 'slipway-tar-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const bytes = (text: string) => new TextEncoder().encode(text);
const long = `${'folder/'.repeat(20)}file.txt`;
const entries: TarEntry[] = [
  { path: 'z/last.txt', bytes: bytes('z'.repeat(1000)), mode: 0o755, owner: 65532 },
  { path: long, bytes: bytes('long') },
  { path: `${'ü'.repeat(60)}.txt`, bytes: bytes('wide') },
  { path: 'link', link: 'z/last.txt' },
  { path: 'empty', bytes: new Uint8Array(0) },
];

test('our own reader and the system’s tar read what is written', () => {
  const tar = writeTar(entries);
  expect(tar.byteLength % 512).toBe(0);
  const read = readTar(writeTar(entries.filter((entry) => !('link' in entry))));
  expect(new TextDecoder().decode(read.read(long))).toBe('long');
  writeFileSync(join(folder, 'a.tar'), tar);
  const listed = execFileSync('tar', ['-tvf', 'a.tar', '--numeric-owner'], { cwd: folder, encoding: 'utf8' });
  expect(listed).toMatch(/-rwxr-xr-x.* 65532[/ ]+65532 .*1000 .*z\/last\.txt/);
  expect(listed).toMatch(/^l.* link -> z\/last\.txt$/m);
  expect(listed).toContain(long);
  const got = execFileSync('tar', ['-xOf', 'a.tar', long], { cwd: folder, encoding: 'utf8' });
  expect(got).toBe('long');
});

test('the order of entries does not matter, and no clock is in it', () => {
  expect(writeTar(entries.toReversed())).toEqual(writeTar(entries));
});
