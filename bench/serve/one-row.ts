import { load, type Load } from '../load.ts';
import { figure, median, megabytes, table, times } from '../table.ts';
import type { ServeOptions } from './index.ts';
import { withServer, type Server } from './running.ts';

/** Until code is compiled, however slow the machine is; in seconds at most. */
const WARM_UP_REQUESTS = 40_000;
const LONGEST_WARM_UP = 5;

/** A server to compare. */
export interface Peer extends Server {
  /** Of Slipway's requests a second to its own, at least. */
  readonly wanted?: number;
  /** Starts so slowly, and is so far behind, that it is measured once. */
  readonly isSlow?: boolean;
}

/** The same row for all servers; the first is ours. */
export interface Workload {
  readonly title: string;
  readonly peers: readonly Peer[];
}

interface Round extends Load {
  readonly firstAnswerMs: number;
  readonly bytes: number;
  /** Processor time of a request: what others do on the machine hardly shows in it. */
  readonly microseconds: number;
}

/** One row as JSON: every server alone on one core, in turn, several rounds; medians. */
export async function oneRow(workload: Promise<Workload>, options: ServeOptions): Promise<void> {
  const { title, peers } = await workload;
  const measured = new Map<Peer, Round[]>(peers.map((peer) => [peer, []]));
  const failed: string[] = [];
  const middle = Math.floor((options.rounds - 1) / 2);
  for (let round = 0; round < options.rounds; round += 1) {
    for (const peer of peers) {
      if (peer.isSlow && round !== middle) continue;
      process.stderr.write(`${title}: round ${round + 1}, ${peer.title}\n`);
      try {
        measured.get(peer)!.push(await once(peer, options.seconds));
      } catch (error) {
        failed.push(`${peer.title}: ${(error as Error).message}`);
      }
    }
  }
  print(title, measured);
  if (failed.length > 0) throw new Error(failed.join('\n'));
}

function once(peer: Peer, seconds: number): Promise<Round> {
  return withServer(peer, async ({ port, headers, firstAnswerMs, memory, processorSeconds }) => {
    const target = { port, path: peer.path, body: peer.body, headers };
    for (
      let asked = 0, second = 0;
      second < (peer.isSlow ? 1 : LONGEST_WARM_UP) && asked < WARM_UP_REQUESTS;
      second += 1
    )
      asked += (await load(target, 1)).requestsPerSecond;
    const before = processorSeconds();
    const result = await load(target, seconds);
    const microseconds = ((processorSeconds() - before) / (result.requestsPerSecond * seconds)) * 1e6;
    return { ...result, microseconds, firstAnswerMs, bytes: memory() };
  });
}

function print(title: string, measured: ReadonlyMap<Peer, readonly Round[]>): void {
  const middle = (rounds: readonly Round[], pick: (round: Round) => number) => median(rounds.map(pick));
  const [ours] = measured.values();
  const base = middle(ours!, (round) => round.requestsPerSecond);
  const spent = middle(ours!, (round) => round.microseconds);
  const rows = [...measured].map(([peer, rounds], at) => [
    peer.title,
    figure(middle(rounds, (round) => round.requestsPerSecond)),
    figure(middle(rounds, (round) => round.p50Ms)),
    figure(middle(rounds, (round) => round.p99Ms)),
    figure(middle(rounds, (round) => round.firstAnswerMs) / 1000),
    megabytes(middle(rounds, (round) => round.bytes)),
    at === 0 ? '' : times(base / middle(rounds, (round) => round.requestsPerSecond)),
    peer.wanted === undefined ? '' : `≥ ${peer.wanted} ×`,
    figure(middle(rounds, (round) => round.microseconds)),
    at === 0 ? '' : times(middle(rounds, (round) => round.microseconds) / spent),
  ]);
  const head = [
    '',
    'req/s',
    'p50 ms',
    'p99 ms',
    'first answer s',
    'resident',
    'Slipway is',
    'wanted',
    'processor µs',
    'by it',
  ];
  process.stdout.write(`\n${title}\n${table(head, rows)}\n`);
}
