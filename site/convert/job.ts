import { fail, fromPlain } from '@slipway/core/errors';
import { worker as source } from 'virtual:worker';
import { timeoutMs } from './limits.ts';
import type { Reply, Request, Results } from './messages.ts';

type Ask = Request extends infer R ? (R extends Request ? Omit<R, 'id'> : never) : never;

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: number;
}

/**
 * A worker for one file, so that the page never waits. It is made of text that the page holds already: a worker of that kind
 * has the page's content security policy, by which nothing can be sent anywhere.
 */
export class Job {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #onStage: (text: string) => void;
  #last = 0;
  #hasEnded = false;

  constructor(onStage: (text: string) => void) {
    const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
    this.#onStage = onStage;
    this.#worker = new Worker(url);
    this.#worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => this.#receive(data));
    this.#worker.addEventListener('error', (event) => {
      event.preventDefault();
      this.#end(fail('INTERNAL', {}, { hint: `Please report it with this text: ${event.message}` }));
    });
    // The worker has its script by the time of its first message; the text itself stays in this page.
    this.#worker.addEventListener('message', () => URL.revokeObjectURL(url), { once: true });
  }

  /** Asks the worker. Rejects with a coded error, also when it takes too long; after {@link cancel} it never settles. */
  ask<A extends Ask>(request: A): Promise<Results[A['ask']]> {
    if (this.#hasEnded) return Promise.reject(fail('NOT_READY', { problem: 'The file is closed. Drop it again.' }));
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      const late = () =>
        this.#end(fail('LIMIT_EXCEEDED', { format: 'import', what: 'the time', limit: `${timeoutMs / 1000} s` }));
      const timer = window.setTimeout(late, timeoutMs);
      this.#pending.set(id, { resolve: (result) => resolve(result as Results[A['ask']]), reject, timer });
      this.#worker.postMessage({ ...request, id });
    });
  }

  cancel(): void {
    for (const { timer } of this.#pending.values()) clearTimeout(timer);
    this.#pending.clear();
    this.#hasEnded = true;
    this.#worker.terminate();
  }

  #receive(reply: Reply): void {
    const pending = this.#pending.get(reply.id);
    if (!pending) return;
    if ('stage' in reply) return this.#onStage(reply.stage);
    clearTimeout(pending.timer);
    this.#pending.delete(reply.id);
    if ('error' in reply) pending.reject(fromPlain(reply.error));
    else pending.resolve(reply.result);
  }

  #end(error: Error): void {
    const waiting = [...this.#pending.values()];
    this.cancel();
    for (const { reject } of waiting) reject(error);
  }
}
