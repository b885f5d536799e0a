#!/usr/bin/env node
/**
 * `npm start`: the dependencies, then `slipway up`, which takes the flags after `npm start --`.
 * Plain JavaScript that Node 20 understands.
 */
import './bootstrap.mjs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { node24 } from '../packages/slipway/bin/node24.mjs';
import { root } from './programs.mjs';

// npm passes signals to the shell between us only, and the shell ends without telling: the server ends with it.
const shell = process.ppid;
if (process.env.npm_lifecycle_event) {
  const watch = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, 300);
  watch.unref();
}

// The documentation and the page that converts files: a second's work beside the server, which serves it when it is there.
spawn(node24(), [join(root, 'site/build.ts')], { cwd: root, stdio: 'ignore' })
  .on('error', () => {})
  .unref();

process.argv.splice(2, 0, 'up');
await import('../packages/slipway/bin/slipway.mjs');
