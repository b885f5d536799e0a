import { globSync, readFileSync } from 'node:fs';
import { dirname, join, posix, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const slashes = (path: string) => path.replaceAll('\\', '/');

/** Rooms from the bottom to the top; rooms on one line do not know each other. */
const layers = [
  ['core/errors'],
  ['core/tensor'],
  ['core/formats'],
  ['core/signature', 'core/pre'],
  ['core/onnx'],
  ['core/ir'],
  ['core/importers', 'core/compiled', 'core/package', 'core/explain', 'core/protocols'],
  ['core/conversion'],
  ['edge'],
  ['slipway/config', 'slipway/telemetry', 'slipway/aws'],
  ['slipway/stores', 'slipway/runtimes', 'slipway/mlflow-api'],
  ['slipway/access', 'slipway/journal', 'slipway/oci', 'slipway/tracking'],
  ['slipway/jobs'],
  ['slipway/intake', 'slipway/engine', 'slipway/registry'],
  ['slipway/server', 'slipway/batch', 'slipway/streaming', 'slipway/monitoring'],
  ['slipway/delivery'],
  ['slipway/pipelines'],
  ['slipway/cli'],
];

/** Rooms that know less than their layer allows. */
const narrow: Readonly<Record<string, readonly string[]>> = {
  // It runs where nothing else of ours is: what it needs is a graph and tensors.
  'core/compiled': ['core/errors', 'core/tensor', 'core/onnx'],
};

const rank = (room: string) => layers.findIndex((layer) => layer.includes(room));

/** The room of a source file, or undefined for the few files that stand above all rooms of their package. */
function roomOf(file: string): string | undefined {
  const [, name, room] = /^packages\/(\w+)\/src\/(?:([\w-]+)\/)?/.exec(file) ?? [];
  if (name === 'edge') return 'edge';
  return name && room ? `${name}/${room}` : undefined;
}

/** The room that an import leads to; undefined for libraries and for files of no room. */
function roomOfImport(file: string, specifier: string): string | undefined {
  const [, name, room] = /^@slipway\/(\w+)(?:\/([\w-]+))?/.exec(specifier) ?? [];
  if (name === 'edge') return 'edge';
  if (name) return `${name === 'server' ? 'slipway' : name}/${room}`;
  return specifier.startsWith('.') ? roomOf(posix.join(posix.dirname(file), specifier)) : undefined;
}

function importsOf(text: string): string[] {
  const found = text.matchAll(/(?:\bfrom|\bimport|\bimport\()\s*['"]([^'"\n]+)['"]/g);
  return [...found].map(([, specifier]) => specifier!);
}

const sources = globSync('packages/*/src/**/*.{ts,tsx}', { cwd: root })
  .map(slashes)
  .filter((file) => !/\.test\.tsx?$|\.d\.ts$/.test(file))
  .sort();

test('there are sources to look at', () => {
  expect(sources.length).toBeGreaterThan(50);
});

test('a file imports from its own room or a lower one', () => {
  const wrong: string[] = [];
  for (const file of sources) {
    const from = roomOf(file);
    if (!from) {
      if (!file.endsWith('/src/index.ts')) wrong.push(`${file} is in no room`);
      continue;
    }
    if (rank(from) < 0) wrong.push(`${file}: the room ${from} is missing from the layers`);
    for (const specifier of importsOf(readFileSync(join(root, file), 'utf8'))) {
      const to = roomOfImport(file, specifier);
      if (!to || to === from) continue;
      if (rank(to) < 0) wrong.push(`${file}: ${specifier} leads to ${to}, which is no room`);
      else if (rank(to) >= rank(from)) wrong.push(`${file}: ${specifier} is not below ${from}`);
      else if (narrow[from] && !narrow[from].includes(to)) wrong.push(`${file}: ${from} does without ${to}`);
    }
  }
  expect(wrong).toEqual([]);
});

test('core and edge import nothing of Node', () => {
  const wrong = sources
    .filter((file) => !file.startsWith('packages/slipway/'))
    .filter((file) => importsOf(readFileSync(join(root, file), 'utf8')).some((name) => name.startsWith('node:')));
  expect(wrong).toEqual([]);
});

test('every part of a room is in use: a new one has its line in the room', () => {
  const used = new Set(
    sources.flatMap((file) => importsOf(readFileSync(join(root, file), 'utf8')).map((to) => targetOf(file, to))),
  );
  const parts = sources.filter((file) => /\/src\/[\w-]+\/[\w-]+\/index\.tsx?$/.test(file));
  expect(parts.filter((index) => !used.has(index))).toEqual([]);
});

/** The file that an import leads to; imports from within the same folder do not count as use. */
function targetOf(file: string, specifier: string): string | undefined {
  const [, name, path] = /^@slipway\/(\w+)\/([\w/-]+)$/.exec(specifier) ?? [];
  if (name) return `packages/${name}/src/${path}/index.ts`;
  const target = posix.join(posix.dirname(file), specifier);
  return file.startsWith(`${posix.dirname(target)}/`) ? undefined : target;
}
