#!/usr/bin/env node
/**
 * Starts the command line with Node ≥ 24: this one where it is new enough, else the one that the installation brought.
 * Plain JavaScript that Node 20 understands.
 *
 * A checkout has the sources in src/ and runs them as they are, or joined into a few files while those are as new as the sources.
 * The published package has them compiled and joined in dist/.
 * A package made by a plain `npm pack`, or installed from git, has src/ below node_modules, where Node refuses to strip types by itself.
 */
import { existsSync } from 'node:fs';
import module from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isRecent, node24 } from './node24.mjs';
import { respawn } from './respawn.mjs';

const parentMark = 'SLIPWAY_LAUNCHED';

if (isRecent(process.versions.node)) await start();
else relaunch();

async function start() {
  endWithParent();
  module.enableCompileCache();
  const { main } = await import((await entry()).href);
  process.exitCode = await main(process.argv.slice(2));
}

async function entry() {
  const source = new URL('../src/cli/main.ts', import.meta.url);
  if (!existsSync(source)) return new URL('../dist/joined/main.js', import.meta.url);
  const joined = (await import('./joined.mjs')).joinedModules();
  if (joined) return pathToFileURL(join(joined, 'main.js'));
  if (fileURLToPath(source).includes('node_modules')) (await import('./strip-types.mjs')).install();
  return source;
}

function relaunch() {
  let node;
  try {
    node = node24();
  } catch (error) {
    process.stderr.write(`error[NODE_TOO_OLD]: ${error.message}\n`);
    process.exit(1);
  }
  respawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [parentMark]: '1' },
  });
}

/** A relaunched server ends gracefully when its launcher is killed: the channel between the two closes. */
function endWithParent() {
  if (!process.env[parentMark]) return;
  delete process.env[parentMark];
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel?.unref();
}
