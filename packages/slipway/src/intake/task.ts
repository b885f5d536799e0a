import { fail, SlipwayError, toPlain } from '@slipway/core/errors';
import { build } from './build.ts';
import { inspect } from './inspect.ts';
import { sizesOf, writeFiles } from './handover.ts';
import type { Reply, Task } from './isolate.ts';

/** The other end of {@link isolate}: does one task, answers, and ends. */
export function serveTask(): void {
  process.once('disconnect', () => process.exit(1));
  process.once('message', (task: Task) => {
    void work(task).catch((error: unknown) => reply(describe(error)));
  });
}

async function work(task: Task): Promise<void> {
  if (task.name === 'inspect') return reply({ result: await inspect(...task.args) });
  const { files, ...result } = await build(...task.args);
  // The sizes are on their way before the bytes, which block this process until they are read.
  reply({ result, files: sizesOf(files) }, () => writeFiles(files));
}

function describe(error: unknown): Reply {
  if (error instanceof SlipwayError) return { error: toPlain(error) };
  // An array that the memory limit does not allow is an ordinary exception.
  if (error instanceof RangeError && /allocation failed|Invalid (typed )?array length/i.test(error.message)) {
    return { error: toPlain(fail('LIMIT_EXCEEDED', { format: 'import', what: 'the memory', limit: 'this process' })) };
  }
  return { bug: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

function reply(message: Reply, then: () => void = () => {}): void {
  process.send?.(message, undefined, undefined, () => {
    then();
    process.exit(0);
  });
}
