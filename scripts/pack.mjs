#!/usr/bin/env node
/**
 * Makes the package that is published: dist/slipway-VERSION.tgz, and what is in it as dist/package/.
 * Same folders as in the repository, with the compiled dist/ in place of src/, so paths between files stay the same.
 * Plain JavaScript that Node 20 understands.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { node24 } from '../packages/slipway/bin/node24.mjs';
import { joinModules } from './join.mjs';
import { root } from './programs.mjs';

const out = join(root, 'dist');
const stage = join(out, 'package');
/** Bundles for other machines: they are complete already. */
const assets = join(stage, 'packages/slipway/dist/delivery/assets');

run(process.execPath, [join(root, 'scripts/build.mjs')], root);
run(node24(), [join(root, 'scripts/bundle-asset.ts')], root);
rmSync(out, { recursive: true, force: true });
mkdirSync(stage, { recursive: true });
for (const path of ['README.md', 'LICENSE', 'CHANGELOG.md', 'python', 'examples', 'ops']) copy(path);
for (const name of readdirSync(join(root, 'packages'))) {
  if (!existsSync(join(root, `packages/${name}/dist`))) continue;
  for (const part of ['package.json', 'bin', 'dist']) copy(`packages/${name}/${part}`);
}
for (const file of files(stage)) if (/\.(?:js|d\.ts)$/.test(file) && !file.startsWith(assets)) linkPackages(file);
await joinModules(join(stage, 'packages/slipway/dist'), '.js', join(stage, 'packages/slipway/dist/joined'));
writeFileSync(join(stage, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
run('npm', ['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', out], stage);

function copy(path) {
  const isWanted = (file) =>
    !/__pycache__|\.tsbuildinfo$|\.test\.(?:js|d\.ts|yaml)$|\/conformance\.(?:js|d\.ts)$/.test(file);
  if (existsSync(join(root, path))) cpSync(join(root, path), join(stage, path), { recursive: true, filter: isWanted });
}

/** The parts are no packages of their own in there: `@slipway/core/tensor` becomes the path to that file. */
function linkPackages(file) {
  const text = readFileSync(file, 'utf8');
  const linked = text.replaceAll(/(['"])@slipway\/(\w+)(?:\/([\w/-]+))?\1/g, (_, quote, name, room) => {
    const target = join(stage, 'packages', name, 'dist', room ?? '', 'index.js');
    if (!existsSync(target)) throw new Error(`${file} imports @slipway/${name}/${room}, which was not built.`);
    const path = relative(dirname(file), target).replaceAll('\\', '/');
    return `${quote}${path.startsWith('.') ? path : `./${path}`}${quote}`;
  });
  if (linked !== text) writeFileSync(file, linked);
}

function manifest() {
  const whole = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const kept = [
    'name',
    'version',
    'description',
    'keywords',
    'license',
    'type',
    'dependencies',
    'optionalDependencies',
  ];
  return {
    ...Object.fromEntries(
      [...kept, 'peerDependencies', 'peerDependenciesMeta', 'engines'].map((key) => [key, whole[key]]),
    ),
    bin: { slipway: 'packages/slipway/bin/slipway.mjs' },
  };
}

function files(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

function run(program, args, cwd) {
  const { status, error } = spawnSync(program, args, { cwd, stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) {
    process.stderr.write(`${program} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}\n`);
    process.exit(1);
  }
}
