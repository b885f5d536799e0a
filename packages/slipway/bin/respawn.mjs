/**
 * Runs a script with another Node as if it were this process: same terminal, signals passed on, same exit code.
 * Plain JavaScript that Node 20 understands.
 */
import { spawn } from 'node:child_process';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Does not return before the child has ended; then ends this process in the same way. */
export function respawn(node, args, options = {}) {
  const child = spawn(node, args, { stdio: 'inherit', ...options });
  const forward = (signal) => {
    // A terminal sends Ctrl-C to both of us; a second one from here would cut the child's graceful end short.
    if (signal !== 'SIGTERM' && process.stdin.isTTY) return;
    child.kill(signal);
  };
  for (const signal of signals) process.on(signal, forward);
  child.on('error', (error) => {
    process.stderr.write(`Cannot run ${node}: ${error.message}\n`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    if (!signal) process.exit(code ?? 1);
    for (const name of signals) process.off(name, forward);
    process.kill(process.pid, signal);
  });
}
