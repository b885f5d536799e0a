import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

test('the published package asks for what its parts ask for', () => {
  const read = (path: string) =>
    JSON.parse(readFileSync(join(root, path), 'utf8')) as Record<string, Record<string, string> | undefined>;
  const published = read('package.json');
  const parts = ['core', 'edge', 'slipway'].map((name) => read(`packages/${name}/package.json`));
  const collect = (field: string) =>
    Object.fromEntries(
      parts
        .flatMap((part) => Object.entries(part[field] ?? {}))
        .filter(([name]) => !name.startsWith('@slipway/') && name !== 'onnxruntime-node'),
    );
  expect(published['dependencies']).toEqual(collect('dependencies'));
  expect(published['optionalDependencies']).toEqual(collect('optionalDependencies'));
  // Large, and its install script downloads more: a user adds it for the models that need it.
  expect(published['peerDependencies']).toHaveProperty('onnxruntime-node');
  for (const part of parts) expect(part['version']).toBe(published['version']);
});

test('the lockfile names no registry', () => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { resolved?: string }>;
  };
  const wrong = Object.values(packages).filter(({ resolved }) => resolved && !resolved.startsWith('packages/'));
  expect(wrong).toEqual([]);
});

test('the lockfile has every platform, or npm ci refuses it (node scripts/complete-lockfile.mjs mends it)', () => {
  const script = join(root, 'scripts/complete-lockfile.mjs');
  expect(() => execFileSync(process.execPath, [script, '--check'], { stdio: 'pipe' })).not.toThrow();
});

test('no text names a machine', () => {
  const home = /(?<![\w.\-/<…])\/(?:root|home|Users|w[o]rk|mnt(?!\/models))\/[\w.]/;
  const host =
    /\b(?:10\.\d+\.\d+|192\.168\.\d+|172\.(?:1[6-9]|2\d|3[01])\.\d+)\.\d+\b|(?<!pycaret)\.(?:internal|corp|lan)\b/;
  const wrong: string[] = [];
  for (const file of texts(root)) {
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .forEach((line, at) => {
        // Tests of addresses need some.
        const isForeign = home.test(line) || (host.test(line) && !file.endsWith('.test.ts'));
        if (line.length < 5000 && isForeign) wrong.push(`${file}:${at + 1}: ${line.trim()}`);
      });
  }
  expect(wrong).toEqual([]);
});

/** Text files of the repository, without what is built, installed, or written by other programs. */
function texts(folder: string): string[] {
  const skipped = /^(?:node_modules|dist|coverage|fixtures|\..*)$/;
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return skipped.test(entry.name) && entry.name !== '.ci' ? [] : texts(path);
    return /\.(?:[cm]?[jt]sx?|json|md|py|sh|ya?ml|toml|txt|html|css|rs|lua)$/.test(entry.name)
      ? [relative(root, path).replaceAll('\\', '/')]
      : [];
  });
}
