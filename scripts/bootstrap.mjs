#!/usr/bin/env node
/**
 * Brings the dependencies of a fresh clone, and those of a changed lockfile, and joins changed sources so that starts are fast;
 * otherwise returns within a few milliseconds.
 * Plain JavaScript that Node 20 understands, without dependencies. Writes to stderr only.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const lockfile = join(root, 'package-lock.json');
const stamp = join(root, 'node_modules/.slipway-stamp');
const turn = join(root, '.cache/bootstrap');

const wanted = `${createHash('sha256').update(readFileSync(lockfile)).digest('hex')} ${process.platform}-${process.arch}`;

if (!isInstalled()) {
  await takeTurn();
  try {
    if (isInstalled() || installedByHand()) writeFileSync(stamp, wanted);
    else install();
  } finally {
    rmSync(turn, { recursive: true, force: true });
  }
}
// Sources that cannot be joined run as they are: slower at the start, and with their own error.
await import('./join.mjs').then(({ joinSources }) => joinSources()).catch(() => {});

function isInstalled() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
}

/**
 * Whether `npm ci` or `npm install` by hand already brought what the lockfile names: npm leaves its own list behind when it is done.
 * Optional packages may be absent (those of other platforms are), but not in another version.
 */
function installedByHand() {
  const list = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(list)) return false;
  const present = JSON.parse(readFileSync(list, 'utf8')).packages;
  const named = Object.entries(JSON.parse(readFileSync(lockfile, 'utf8')).packages);
  return named.every(([path, entry]) => {
    const found = present[path];
    if (!found) return path === '' || entry.optional === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

function install() {
  process.stderr.write('Installing dependencies (npm ci), once…\n');
  const args = [
    'ci',
    '--include=dev',
    '--include=optional',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  // npm tells its scripts where its own program is; without it, the one in the PATH (a shell script on Windows).
  const npm = process.env.npm_execpath;
  const isJavaScript = npm !== undefined && /npm-cli\.c?js$/.test(npm);
  const [program, all] = isJavaScript ? [process.execPath, [npm, ...args]] : ['npm', args];
  const { status, error } = spawnSync(program, all, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: !isJavaScript && process.platform === 'win32',
  });
  if (status === 0) {
    writeFileSync(stamp, wanted);
    return;
  }
  rmSync(turn, { recursive: true, force: true });
  const why = error ? error.message : `npm ci ended with ${status}`;
  process.stderr.write(
    `\nThe dependencies could not be installed: ${why}. npm's own message stands above.\n` +
      'Check the network and the registry (`npm ping`), then run the command again.\n',
  );
  process.exit(1);
}

/** Two starts at once: the second waits for the first. The folder is made by one of them only; it holds its owner's process id. */
async function takeTurn() {
  mkdirSync(dirname(turn), { recursive: true });
  for (let told = false; ;) {
    try {
      mkdirSync(turn);
      writeFileSync(join(turn, 'pid'), String(process.pid));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (ownerIsGone()) {
      rmSync(turn, { recursive: true, force: true });
      continue;
    }
    if (!told) process.stderr.write('Another start is installing the dependencies: waiting for it…\n');
    told = true;
    await new Promise((done) => setTimeout(done, 200));
  }
}

function ownerIsGone() {
  const file = join(turn, 'pid');
  // Between making the folder and writing the id, its owner is alive.
  if (!existsSync(file)) return false;
  const pid = Number(readFileSync(file, 'utf8'));
  if (!pid) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}
