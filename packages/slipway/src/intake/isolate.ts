import { totalmem } from 'node:os';
import type { Readable } from 'node:stream';
import { fail, fromPlain, type PlainError } from '@slipway/core/errors';
import { readableSize } from '@slipway/core/formats/limits';
import type { build } from './build.ts';
import type { inspect } from './inspect.ts';
import { filesPipe, receiveFiles, type FileSizes } from './handover.ts';
import { importingProcess, isolationLimits, type IsolationLimits } from './importing-process.ts';

/** What the process may be asked to do. */
export interface Tasks {
  readonly build: typeof build;
  readonly inspect: typeof inspect;
}

export type Task = {
  readonly [K in keyof Tasks]: { readonly name: K; readonly args: Parameters<Tasks[K]> };
}[keyof Tasks];

type ResultOf<K extends keyof Tasks> = Tasks[K] extends (...args: never[]) => Promise<infer R> ? R : never;

/** `files`: sizes of the result's files, whose bytes come by a pipe. */
export type Reply =
  | { readonly result: object; readonly files?: FileSizes }
  | { readonly error: PlainError }
  | { readonly bug: string };

/**
 * Does a task in a process of its own, with bounded time and memory: a file that was made to hang or to exhaust us takes that
 * process down and nothing else. V8's own limits would not do, because they ignore typed arrays.
 */
export async function isolate<K extends keyof Tasks>(
  name: K,
  args: Parameters<Tasks[K]>,
  sourceBytes: number,
  limits: IsolationLimits = isolationLimits,
): Promise<ResultOf<K>> {
  const memoryBytes = Math.max(limits.memoryBytes, Math.min(8 * sourceBytes, Math.floor(totalmem() * 0.75)));
  const child = importingProcess({ ...limits, memoryBytes });
  return await new Promise((resolve, reject) => {
    let said = '';
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL');
    }, limits.timeoutMs);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4000)));
    child.once('error', reject);
    const receive = receiveFiles(child.stdio[filesPipe] as Readable);
    child.once('message', (reply: Reply) => {
      if ('result' in reply) {
        const { result, files } = reply;
        if (files) receive(files, (whole) => resolve({ ...result, files: whole } as unknown as ResultOf<K>));
        else resolve(result as ResultOf<K>);
      } else if ('error' in reply) reject(fromPlain(reply.error));
      else reject(new Error(reply.bug));
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      const format = 'import';
      if (isLate || signal === 'SIGXCPU') {
        reject(fail('LIMIT_EXCEEDED', { format, what: 'the time', limit: `${limits.timeoutMs / 1000} s` }));
      } else if (signal !== null || /heap out of memory|bad_alloc|allocation failed/i.test(said)) {
        reject(fail('LIMIT_EXCEEDED', { format, what: 'the memory', limit: readableSize(memoryBytes) }));
      }
      // After a reply this changes nothing.
      reject(new Error(`the importing process ended with ${code} without an answer: ${said}`));
    });
    child.send({ name, args });
  });
}
