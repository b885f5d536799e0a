import { Worker } from 'node:worker_threads';
import { SlipwayError } from '@slipway/core/errors';
import type { Tensor } from '@slipway/core/tensor';
import type { LoadedModel } from '../runtime.ts';
import type { ThreadData, ThreadProblem, ThreadReply, ThreadRequest } from './messages.ts';

interface Waiting {
  readonly resolve: (outputs: Record<string, Tensor>) => void;
  readonly reject: (error: Error) => void;
}

/** A JavaScript engine of its own. */
const THREAD_BYTES = 12_000_000;

// Sources run as they are; the published package has them compiled.
const program = new URL(`./thread.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);

/**
 * A graph in a thread of its own, with the steps before it: while it computes, this thread answers others. Requests run one
 * after the other. Copying them costs some ten microseconds: worth it for runs of milliseconds.
 */
export async function loadThreaded(data: ThreadData): Promise<LoadedModel> {
  const thread = new Worker(program, { workerData: data, name: `slipway-${data.runtime}` });
  const waiting = new Map<number, Waiting>();
  let next = 0;
  let ended: Error | undefined;
  const end = (error: Error) => {
    ended ??= error;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  const ready = await new Promise<Extract<ThreadReply, { kind: 'ready' }>>((resolve, reject) => {
    thread.on('message', (reply: ThreadReply) => {
      switch (reply.kind) {
        case 'ready':
          return resolve(reply);
        case 'answer':
          waiting.get(reply.id)?.resolve(reply.outputs);
          return settled(reply.id);
        case 'problem':
          if (reply.id === undefined) return reject(errorOf(reply.problem));
          waiting.get(reply.id)?.reject(errorOf(reply.problem));
          return settled(reply.id);
      }
    });
    thread.on('error', (error: Error) => {
      reject(error);
      end(error);
    });
    thread.on('exit', () => {
      const error = new Error('the thread of the model has ended');
      reject(error);
      end(error);
    });
  });
  // An idle model keeps no process alive, a request does.
  thread.unref();

  function settled(id: number): void {
    waiting.delete(id);
    if (waiting.size === 0) thread.unref();
  }

  return {
    id: `${data.runtime}-thread`,
    inputs: ready.inputs,
    outputs: ready.outputs,
    memory: ready.memory + data.graph.length + THREAD_BYTES,
    row: undefined,
    infer(inputs, { signal, outputs = data.outputs } = {}) {
      if (ended) return Promise.reject(ended);
      if (signal?.aborted) return Promise.reject(signal.reason as Error);
      return new Promise((resolve, reject) => {
        const id = next++;
        const stop = () => reject(signal?.reason as Error);
        const done = () => signal?.removeEventListener('abort', stop);
        waiting.set(id, {
          resolve: (answer) => (done(), resolve(answer)),
          reject: (error) => (done(), reject(error)),
        });
        signal?.addEventListener('abort', stop, { once: true });
        thread.ref();
        const request: ThreadRequest = { id, inputs, outputs };
        thread.postMessage(request);
      });
    },
    async [Symbol.asyncDispose]() {
      ended ??= new Error('the model was unloaded');
      await thread.terminate();
    },
  };
}

function errorOf({ code, message, hint }: ThreadProblem): Error {
  return code === undefined ? new Error(message) : new SlipwayError(code, message, hint);
}
