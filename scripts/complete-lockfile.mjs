#!/usr/bin/env node
/**
 * Completes package-lock.json after `npm install` with a registry that has not every platform of a native package: npm leaves those out,
 * and `npm ci` then refuses the lockfile. Changes nothing when nothing is missing; with --check it only says what is missing.
 * Plain JavaScript that Node 20 understands.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './programs.mjs';

const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const processors = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];

const file = join(root, 'package-lock.json');
const lockfile = JSON.parse(readFileSync(file, 'utf8'));
const missing = missingEntries(lockfile.packages);
const names = Object.keys(missing);
if (process.argv.includes('--check')) {
  for (const name of names) process.stdout.write(`${name}\n`);
  process.exit(names.length > 0 ? 1 : 0);
}
if (names.length > 0) {
  const entries = Object.entries({ ...lockfile.packages, ...missing });
  lockfile.packages = Object.fromEntries(entries.sort(([a], [b]) => a.localeCompare(b, 'en')));
  writeFileSync(file, `${JSON.stringify(lockfile, null, 2)}\n`);
}
process.stdout.write(`${names.length} entries added\n`);

/** Entries that optional dependencies ask for and the lockfile lacks, by path. */
function missingEntries(packages) {
  const found = {};
  for (const [path, { optionalDependencies = {}, dev }] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      if (places(path, name).some((place) => packages[place])) continue;
      found[`node_modules/${name}`] = entry(name, version, dev);
    }
  }
  return found;
}

/** Where Node looks for a package: beside the one that asks, then in each folder above. */
function places(path, name) {
  const found = [`${path}/node_modules/${name}`, `node_modules/${name}`];
  for (let at = path.lastIndexOf('node_modules/'); at > 0; at = path.lastIndexOf('node_modules/', at - 1))
    found.push(`${path.slice(0, at)}node_modules/${name}`);
  return found;
}

/** As npm would write it, in its order; the platform is in the name, as in `@oxlint/binding-linux-arm64-musl`. */
function entry(name, version, dev) {
  const words = name.split(/[/-]/);
  const cpu = processors.filter((processor) => words.includes(processor));
  const os = systems.filter((system) => words.includes(system));
  if (cpu.length + os.length === 0 || !/^\d+\.\d+\.\d+/.test(version))
    throw new Error(
      `${name}@${version}: neither platform nor version can be told. Run npm install with a complete registry.`,
    );
  const isMusl = words.some((word) => word.startsWith('musl'));
  const libc = os[0] === 'linux' && words.some((word) => /^(?:gnu|musl)/.test(word)) ? [isMusl ? 'musl' : 'glibc'] : [];
  const fields = { version, cpu, dev, libc, optional: true, os };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value.length !== 0));
}
