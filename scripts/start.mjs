#!/usr/bin/env node
/**
 * `npm start`: the dependencies, then `slipway up`, which takes the flags after `npm start --`.
 * Plain JavaScript that Node 20 understands.
 */
import './bootstrap.mjs';

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

process.argv.splice(2, 0, 'up');
await import('../packages/slipway/bin/slipway.mjs');
