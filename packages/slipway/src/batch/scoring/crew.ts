import { Worker } from 'node:worker_threads';
import { fromPlain } from '@slipway/core/errors';
import type { Piece } from '../sources/index.ts';
import { Scorer } from './scorer.ts';
import type { Scored, ScoringSpec, ThreadReply, ThreadRequest } from './spec.ts';

/** Answers pieces, several at a time. */
export interface Crew extends AsyncDisposable {
  /** Pieces that are worth having under way. */
  readonly ahead: number;
  score(piece: Piece): Promise<Scored>;
}

// Sources run as they are; the published package has them compiled.
const program = new URL(`./thread.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);

/** One thread for each core; for one alone, this one: nothing is handed over then. */
export async function openCrew(spec: ScoringSpec, threads: number): Promise<Crew> {
  if (threads > 1) return await openThreads(spec, threads);
  const scorer = await Scorer.open(spec);
  return {
    ahead: 1,
    score: (piece) => scorer.score(piece),
    [Symbol.asyncDispose]: () => scorer[Symbol.asyncDispose](),
  };
}

interface Job {
  readonly piece: Piece;
  readonly resolve: (scored: Scored) => void;
  readonly reject: (error: Error) => void;
}

async function openThreads(spec: ScoringSpec, count: number): Promise<Crew> {
  const queue: Job[] = [];
  const workers: Worker[] = [];
  const idle: Worker[] = [];
  const busy = new Map<Worker, Job>();
  let ended: Error | undefined;
  const next = () => {
    while (queue.length > 0 && idle.length > 0) {
      const [worker, job] = [idle.shift() as Worker, queue.shift() as Job];
      busy.set(worker, job);
      const request: ThreadRequest = { id: job.piece.index, piece: job.piece };
      worker.postMessage(request, transferable(job.piece));
    }
  };
  const end = (error: Error) => {
    ended ??= error;
    for (const job of [...busy.values(), ...queue.splice(0)]) job.reject(error);
    busy.clear();
  };
  const done = (worker: Worker): Job | undefined => {
    const job = busy.get(worker);
    busy.delete(worker);
    idle.push(worker);
    return job;
  };
  const started = Array.from({ length: count }, async (_, i) => {
    const worker = new Worker(program, { workerData: spec, name: `slipway-batch-${i}` });
    workers.push(worker);
    await new Promise<void>((resolve, reject) => {
      worker.on('message', (reply: ThreadReply) => {
        if (reply.kind === 'ready') {
          idle.push(worker);
          next();
          return resolve();
        }
        const error =
          reply.kind === 'error' ? fromPlain(reply.error) : reply.kind === 'bug' ? new Error(reply.text) : undefined;
        if (error && reply.kind !== 'scored' && reply.id === undefined) return reject(error);
        const job = done(worker);
        if (error) job?.reject(error);
        else if (reply.kind === 'scored') job?.resolve(reply.scored);
        next();
      });
      const lost = (error: Error) => {
        reject(error);
        end(error);
      };
      worker.on('error', lost);
      worker.on('exit', () => lost(new Error('a thread of the batch has ended')));
    });
  });
  const close = async () => {
    ended ??= new Error('the batch has ended');
    await Promise.all(workers.map((worker) => worker.terminate()));
  };
  try {
    // The first one is enough to begin with.
    await Promise.any(started);
  } catch (error) {
    await close();
    throw error instanceof AggregateError ? (error.errors as Error[])[0] : error;
  }
  for (const start of started) start.catch(() => undefined);
  return {
    ahead: count * 2,
    score: (piece) =>
      new Promise((resolve, reject) => {
        if (ended) return reject(ended);
        queue.push({ piece, resolve, reject });
        next();
      }),
    [Symbol.asyncDispose]: close,
  };
}

/** Bytes that the thread may keep, because nobody else looks at them again. */
function transferable(piece: Piece): ArrayBuffer[] {
  const bytes = piece.kind === 'text' ? piece.body : piece.kind === 'arrow' ? piece.bytes : undefined;
  const buffer = bytes?.buffer;
  return buffer instanceof ArrayBuffer && buffer.byteLength === bytes?.byteLength && buffer.byteLength > 0
    ? [buffer]
    : [];
}
