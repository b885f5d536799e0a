import { fail, SlipwayError } from '@slipway/core/errors';
import { build } from './build.ts';
import { inspect } from './inspect.ts';
import type { Task } from './isolate.ts';
import { toPlain } from './options.ts';

/** The other end of {@link isolate}: does one task, answers, and ends. */
export function serveTask(): void {
  process.once('disconnect', () => process.exit(1));
  process.once('message', (task: Task) => {
    void work(task)
      .then((result) => reply({ result }))
      .catch((error: unknown) => reply(describe(error)));
  });
}

function work(task: Task): Promise<unknown> {
  return task.name === 'build' ? build(...task.args) : inspect(...task.args);
}

function describe(error: unknown): unknown {
  if (error instanceof SlipwayError) return { error: toPlain(error) };
  // An array that the memory limit does not allow is an ordinary exception.
  if (error instanceof RangeError && /allocation failed|Invalid (typed )?array length/i.test(error.message)) {
    return { error: toPlain(fail('LIMIT_EXCEEDED', { format: 'import', what: 'the memory', limit: 'this process' })) };
  }
  return { bug: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

function reply(message: unknown): void {
  process.send?.(message, undefined, undefined, () => process.exit(0));
}
