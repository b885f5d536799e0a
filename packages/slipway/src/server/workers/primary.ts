import cluster, { type Worker } from 'node:cluster';
import { countsOf, mergeFamilies, type Family, type Log } from '../../telemetry/index.ts';
import type { FromPrimary, FromWorker, Ready } from './messages.ts';

/** A worker that lives shorter than this did not start well: the next one waits. */
const SETTLED_MS = 10_000;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;
/** A worker that is too busy to answer is left out of one scrape. */
const SNAPSHOT_MS = 2000;

export interface PrimaryOptions {
  readonly count: number;
  readonly log: Log;
  /** What the processes run: this program with these words, unless told. */
  readonly program?: { readonly exec: string; readonly args: readonly string[] } | undefined;
}

/** Processes that share one port; this one only watches over them. */
export interface Primary {
  /** When all of them listen; with the exit code of the first when it could not start. */
  readonly started: Promise<{ readonly ready: Ready } | { readonly exitCode: number }>;
  /** Lets running requests finish everywhere. */
  stop(): Promise<void>;
  readonly pids: () => number[];
}

interface Member {
  readonly worker: Worker;
  readonly startedAt: number;
  isReady: boolean;
  families: readonly Family[];
}

/**
 * Starts `count` processes of this program that share its port. One that dies takes along only its own connections; it is
 * replaced, with growing patience when it dies again and again.
 *
 * On Linux the kernel hands out connections (SO_REUSEPORT). Handing them out from here, as node:cluster does elsewhere, leaves a
 * client hanging whose connection was on its way to a worker that was killed.
 */
export function startWorkers({ count, log, program }: PrimaryOptions): Primary {
  cluster.setupPrimary({ serialization: 'advanced', ...program, ...(program ? { args: [...program.args] } : {}) });
  const members = new Map<number, Member>();
  /** Counts of workers that have ended. */
  let past: Family[] = [];
  /** The first worker may take a free one. */
  let port: number | undefined;
  let grpcPort: number | undefined;
  let isStopping = false;
  let delay = FIRST_DELAY_MS;
  let onReady: ((ready: Ready) => void) | undefined;
  let onFirstExit: ((code: number) => void) | undefined;
  let onAllGone: (() => void) | undefined;
  const scrapes = new Map<
    number,
    { readonly answers: Map<string, readonly Family[]>; missing: number; readonly done: () => void }
  >();
  let nextScrape = 0;

  function fork(slot: number): void {
    const worker = cluster.fork({
      SLIPWAY_WORKER: String(slot),
      ...(port === undefined ? {} : { SLIPWAY_WORKER_PORT: String(port) }),
      ...(grpcPort === undefined ? {} : { SLIPWAY_WORKER_GRPC_PORT: String(grpcPort) }),
    });
    const member: Member = { worker, startedAt: Date.now(), isReady: false, families: [] };
    members.set(slot, member);
    worker.on('message', (message: FromWorker) => receive(slot, member, message));
    worker.on('exit', (code, signal) => ended(slot, member, code ?? 1, signal));
  }

  function receive(slot: number, member: Member, message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        member.isReady = true;
        port ??= message.ready.port;
        grpcPort ??= message.ready.grpcPort;
        return onReady?.(message.ready);
      case 'families': {
        member.families = message.families;
        const scrape = scrapes.get(message.id);
        scrape?.answers.set(String(slot), message.families);
        if (scrape && --scrape.missing === 0) scrape.done();
        return;
      }
      case 'collect':
        return void collect().then((families) => send(member.worker, { kind: 'merged', id: message.id, families }));
      case 'uses':
      case 'service':
        for (const other of members.values()) if (other !== member) send(other.worker, message);
    }
  }

  function ended(slot: number, member: Member, code: number, signal: string | null): void {
    members.delete(slot);
    past = countsOf(
      mergeFamilies(
        new Map([
          ['', past],
          ['-', countsOf(member.families)],
        ]),
      ),
    );
    if (isStopping) {
      if (members.size === 0) onAllGone?.();
      return;
    }
    if (!member.isReady && onFirstExit) return onFirstExit(code);
    delay = Date.now() - member.startedAt > SETTLED_MS ? FIRST_DELAY_MS : Math.min(LONGEST_DELAY_MS, delay * 2);
    log.error('worker ended; another one is started', { worker: slot, code: signal ?? code, ms: delay });
    setTimeout(() => isStopping || fork(slot), delay);
  }

  /** Metrics of all workers that answer in time, and the counts of those that have ended. */
  async function collect(): Promise<Family[]> {
    const id = nextScrape++;
    const asked = [...members.values()].filter(({ isReady, worker }) => isReady && worker.isConnected());
    const answers = new Map<string, readonly Family[]>();
    if (asked.length > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, SNAPSHOT_MS);
        scrapes.set(id, {
          answers,
          missing: asked.length,
          done: () => {
            clearTimeout(timer);
            resolve();
          },
        });
        for (const { worker } of asked) send(worker, { kind: 'snapshot', id });
      });
      scrapes.delete(id);
    }
    const workers: Family = {
      name: 'slipway_workers',
      help: 'Processes that share the port.',
      type: 'gauge',
      merge: 'sum',
      samples: [['', '', asked.length]],
    };
    return [workers, ...mergeFamilies(new Map([...answers, ['ended', past]]))];
  }

  async function start(): Promise<{ readonly ready: Ready } | { readonly exitCode: number }> {
    // The first alone: what is wrong is told once, and what it puts into caches the others find there.
    for (let slot = 0; slot < count; slot++) {
      const first = await new Promise<{ readonly ready: Ready } | { readonly exitCode: number }>((resolve) => {
        onReady = (ready) => resolve({ ready });
        onFirstExit = (exitCode) => resolve({ exitCode });
        fork(slot);
      });
      if ('exitCode' in first) {
        await stop();
        return first;
      }
      if (slot === count - 1) {
        onFirstExit = undefined;
        return first;
      }
    }
    return { exitCode: 1 };
  }

  async function stop(): Promise<void> {
    isStopping = true;
    if (members.size === 0) return;
    await new Promise<void>((resolve) => {
      onAllGone = resolve;
      for (const { worker } of members.values()) send(worker, { kind: 'stop' });
    });
  }

  return {
    started: start(),
    stop,
    pids: () => [...members.values()].flatMap(({ worker }) => worker.process.pid ?? []),
  };
}

function send(worker: Worker, message: FromPrimary): void {
  // A worker that is just ending does not listen any more.
  if (worker.isConnected()) worker.send(message, () => {});
}
