import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { load, type Load } from './load.ts';
import { target, workloads, type Peer } from './peers.ts';
import { start } from './pinned.ts';
import type { Bench } from './prepare.ts';
import { figure, median, megabytes, table, times } from './table.ts';

export interface ServeOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly all: boolean;
}

interface Round extends Load {
  readonly firstAnswerMs: number;
  readonly bytes: number;
}

/** Every server alone on one core, in turn, several rounds; medians. */
export async function serve(bench: Bench, options: ServeOptions): Promise<void> {
  for (const { title, peers } of await workloads(bench, options.all)) {
    const measured = new Map<Peer, Round[]>(peers.map((peer) => [peer, []]));
    for (let round = 0; round < options.rounds; round += 1) {
      for (const peer of peers) {
        process.stderr.write(`${title}: round ${round + 1}, ${peer.title}\n`);
        measured.get(peer)!.push(await once(peer, await freePort(), options.seconds));
      }
    }
    print(title, measured);
  }
}

async function once(peer: Peer, port: number, seconds: number): Promise<Round> {
  const home = mkdtempSync(join(tmpdir(), 'slipway-bench-home-'));
  const began = performance.now();
  const server = start(peer.command(port), { SLIPWAY_HOME: home, OMP_NUM_THREADS: '1', ...peer.env?.(port) });
  try {
    await firstAnswer(peer, port, () => server.child.exitCode !== null);
    const firstAnswerMs = performance.now() - began;
    await load(target(peer, port), Math.max(1, Math.round(seconds / 3)));
    const result = await load(target(peer, port), seconds);
    return { ...result, firstAnswerMs, bytes: server.memory() };
  } finally {
    await server.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

async function firstAnswer(peer: Peer, port: number, hasEnded: () => boolean): Promise<void> {
  const limit = performance.now() + 90_000;
  let last = 'nothing listened';
  while (performance.now() < limit && !hasEnded()) {
    try {
      const reply = await fetch(`http://127.0.0.1:${port}${peer.path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', connection: 'close' },
        body: peer.body,
      });
      const text = await reply.text();
      if (reply.ok) return;
      last = `${reply.status} ${text.slice(0, 300)}`;
      if (reply.status < 500) break;
    } catch {
      // Not listening yet.
    }
    await new Promise((done) => setTimeout(done, 4));
  }
  throw new Error(`${peer.title} gave no answer: ${last}`);
}

function print(title: string, measured: ReadonlyMap<Peer, readonly Round[]>): void {
  const middle = (rounds: readonly Round[], pick: (round: Round) => number) => median(rounds.map(pick));
  const [ours] = measured.values();
  const base = middle(ours!, (round) => round.requestsPerSecond);
  const rows = [...measured].map(([peer, rounds], at) => [
    peer.title,
    figure(middle(rounds, (round) => round.requestsPerSecond)),
    figure(middle(rounds, (round) => round.p50Ms)),
    figure(middle(rounds, (round) => round.p99Ms)),
    figure(middle(rounds, (round) => round.firstAnswerMs) / 1000),
    megabytes(middle(rounds, (round) => round.bytes)),
    at === 0 ? '' : times(base / middle(rounds, (round) => round.requestsPerSecond)),
  ]);
  const head = ['', 'req/s', 'p50 ms', 'p99 ms', 'first answer s', 'resident', 'Slipway is'];
  process.stdout.write(`\n${title}\n${table(head, rows)}\n`);
}
