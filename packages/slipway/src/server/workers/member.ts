import type { ServiceChange } from '../../engine/index.ts';
import type { Family } from '../../telemetry/index.ts';
import type { FromPrimary, FromWorker, Ready, Uses } from './messages.ts';

/** The primary answers within its own timeout; this one is for a primary that is gone. */
const COLLECT_MS = 5000;

/** The other end of a worker: what it asks of the processes that share its port. */
export interface Member {
  /** The port that the others listen on; undefined for the first. */
  readonly port: number | undefined;
  readonly grpcPort: number | undefined;
  /** Tells that this worker listens. */
  ready(facts: Ready): void;
  /** Metrics of all workers as one; fails when the primary does not answer. */
  collect(): Promise<readonly Family[]>;
  /** What the primary asks for when another worker is scraped. */
  onSnapshot(families: () => readonly Family[]): void;
  /** Requests that keys made here and elsewhere, so that a limit counts once for all. */
  tellUses(uses: Uses): void;
  onUses(charge: (uses: Uses) => void): void;
  /** Models that were loaded and unloaded by request, here and elsewhere. */
  tellService(change: ServiceChange): void;
  onService(follow: (change: ServiceChange) => void): void;
  onStop(stop: () => void): void;
  /** The process may end when it has nothing left to do. */
  leave(): void;
}

let own: Member | undefined;

/** The member that this process is; undefined for a process of its own. */
export function memberOf(): Member | undefined {
  if (process.env['SLIPWAY_WORKER'] === undefined || !process.send) return undefined;
  return (own ??= openMember(process));
}

function openMember(process_: NodeJS.Process): Member {
  const send = (message: FromWorker) => void process_.send?.(message, undefined, undefined, () => {});
  const waiting = new Map<number, (families: readonly Family[]) => void>();
  let next = 0;
  let snapshot: () => readonly Family[] = () => [];
  let charge: (uses: Uses) => void = () => {};
  let follow: (change: ServiceChange) => void = () => {};
  let stop: () => void = () => {};
  process_.on('message', (message: FromPrimary) => {
    switch (message.kind) {
      case 'snapshot':
        return send({ kind: 'families', id: message.id, families: snapshot() });
      case 'merged':
        waiting.get(message.id)?.(message.families);
        return void waiting.delete(message.id);
      case 'uses':
        return charge(message.uses);
      case 'service':
        return follow(message.change);
      case 'stop':
        return stop();
    }
  });
  const numberIn = (name: string) => {
    const text = process_.env[name];
    return text === undefined ? undefined : Number(text);
  };
  return {
    port: numberIn('SLIPWAY_WORKER_PORT'),
    grpcPort: numberIn('SLIPWAY_WORKER_GRPC_PORT'),
    ready: (facts) => send({ kind: 'ready', ready: facts }),
    collect: () =>
      new Promise((resolve, reject) => {
        const id = next++;
        const timer = setTimeout(() => {
          waiting.delete(id);
          reject(new Error('the primary process did not answer'));
        }, COLLECT_MS);
        waiting.set(id, (families) => {
          clearTimeout(timer);
          resolve(families);
        });
        send({ kind: 'collect', id });
      }),
    onSnapshot: (families) => (snapshot = families),
    tellUses: (uses) => send({ kind: 'uses', uses }),
    onUses: (given) => (charge = given),
    tellService: (change) => send({ kind: 'service', change }),
    onService: (given) => (follow = given),
    onStop: (given) => (stop = given),
    leave: () => process_.channel?.unref(),
  };
}
