import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const script = resolve(dirname(fileURLToPath(import.meta.url)), '../scripts/bootstrap.mjs');
let clone: string;

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'slipway-bootstrap-'));
  mkdirSync(join(clone, 'scripts'));
  cpSync(script, join(clone, 'scripts/bootstrap.mjs'));
  project('part');
});
afterEach(() => rmSync(clone, { recursive: true, force: true }));

/** A project whose only dependency is a workspace of its own: npm needs no network for it. */
function project(part: string): void {
  mkdirSync(join(clone, 'packages', part), { recursive: true });
  const write = (path: string, value: unknown) => writeFileSync(join(clone, path), JSON.stringify(value));
  const whole = { name: 'whole', version: '1.0.0', workspaces: [`packages/${part}`] };
  write('package.json', whole);
  write(`packages/${part}/package.json`, { name: part, version: '1.0.0' });
  write('package-lock.json', {
    name: 'whole',
    version: '1.0.0',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': whole,
      [`node_modules/${part}`]: {
        resolved: `packages/${part}`,
        link: true,
      },
      [`packages/${part}`]: { version: '1.0.0' },
    },
  });
}

async function bootstrap(): Promise<{ code: number | null; told: string }> {
  const child = spawn(process.execPath, [join(clone, 'scripts/bootstrap.mjs')], { stdio: ['ignore', 'pipe', 'pipe'] });
  let told = '';
  let printed = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (told += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  const [code] = (await once(child, 'close')) as [number | null];
  expect(printed, 'stdout belongs to the command that follows').toBe('');
  return { code, told };
}

test('installs once, and again when the lockfile has changed', async () => {
  const first = await bootstrap();
  expect(first).toMatchObject({ code: 0, told: expect.stringContaining('Installing dependencies') });
  expect(existsSync(join(clone, 'node_modules/part'))).toBe(true);
  expect(await bootstrap()).toEqual({ code: 0, told: '' });
  project('other');
  expect((await bootstrap()).told).toContain('Installing dependencies');
  expect(existsSync(join(clone, 'node_modules/other'))).toBe(true);
});

test('what npm ci by hand has brought is not brought again', async () => {
  await bootstrap();
  rmSync(join(clone, 'node_modules/.slipway-stamp'));
  expect(await bootstrap()).toEqual({ code: 0, told: '' });
});

test('of two at once, one installs and the other waits', async () => {
  const both = await Promise.all([bootstrap(), bootstrap()]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(both.filter(({ told }) => told.includes('Installing dependencies'))).toHaveLength(1);
});

test('a start that was killed while installing does not block the next', async () => {
  mkdirSync(join(clone, '.cache/bootstrap'), { recursive: true });
  writeFileSync(join(clone, '.cache/bootstrap/pid'), '2147483646');
  expect((await bootstrap()).code).toBe(0);
});

test('a failure says what to do and leaves no trace', async () => {
  const lockfile = join(clone, 'package-lock.json');
  writeFileSync(lockfile, readFileSync(lockfile, 'utf8').replaceAll('part', 'absent'));
  const { code, told } = await bootstrap();
  expect(code).toBe(1);
  expect(told).toContain('The dependencies could not be installed: npm ci ended with 1.');
  expect(existsSync(join(clone, '.cache/bootstrap'))).toBe(false);
});
