import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { connectSqlite } from '../packages/slipway/src/stores/sqlite-connection.ts';
import { run } from '../test/services/run.ts';
import { venv } from '../test/services/venv.ts';
import { freePort } from './free-port.ts';
import { load, type Target } from './load.ts';
import { slipway } from './serve/running.ts';
import { start, type Started } from './pinned.ts';
import { peersFolder, type Bench } from './prepare.ts';
import { figure, median, megabytes, table, times } from './table.ts';

export interface TrackingOptions {
  readonly rounds: number;
  readonly seconds: number;
  /** In the experiment that is searched, with fifty metrics each. */
  readonly runs: number;
}

/** One of the two servers. */
interface Peer {
  readonly title: string;
  readonly command: (folder: string, port: number) => readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Puts runs to search into the database of a server that has stopped. */
  readonly fill: (folder: string, experiment: string, runs: number) => Promise<void>;
  /** How its connections to the database are set. */
  readonly pragmas: (folder: string) => Promise<string>;
}

interface Round {
  readonly startMs: number;
  readonly bytes: number;
  readonly perSecond: Readonly<Record<string, number>>;
  /** Processor time of a request: says more than the clock where others use the machine. */
  readonly processorMs: Readonly<Record<string, number>>;
}

const METRICS = 50;
const api = '/api/2.0/mlflow';

/** Writing and searching runs over HTTP, beside MLflow's own server on SQLite. */
export async function tracking(_bench: Bench, { rounds, seconds, runs }: TrackingOptions): Promise<void> {
  const python = await venv('tracking', [
    'mlflow==3.17.2',
    'scikit-learn==1.9.1',
    'pandas==3.1.1',
    'matplotlib==3.11.2',
    'skops==0.16.0',
  ]);
  const peers = [ours, theirs(python)];
  const measured = new Map<Peer, Round[]>(peers.map((peer) => [peer, []]));
  const pragmas = new Map<Peer, string>();
  for (let round = 0; round < rounds; round++) {
    for (const peer of peers) {
      process.stderr.write(`tracking: round ${round + 1}, ${peer.title}\n`);
      const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-tracking-'));
      measured.get(peer)!.push(await once(peer, folder, seconds, runs));
      pragmas.set(peer, await peer.pragmas(folder));
      rmSync(folder, { recursive: true, force: true });
    }
  }
  print(peers, measured, pragmas, runs);
}

const ours: Peer = {
  title: 'Slipway',
  command: (folder, port) => [...slipway, 'up', '--home', folder, '--port', String(port)],
  env: {},
  // oxlint-disable-next-line typescript/require-await -- the other one waits
  async fill(folder, experiment, runs) {
    const db = connectSqlite(join(folder, 'slipway.db'), 10_000);
    const numbers = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${runs})`;
    const keys = `k (j) AS (SELECT 0 UNION ALL SELECT j + 1 FROM k WHERE j < ${METRICS - 1})`;
    db.write([
      {
        sql: `${numbers} INSERT INTO runs (run_uuid, experiment_id, name, user_id, status, start_time, lifecycle_stage, artifact_uri)
          SELECT printf('%032x', i), ${Number(experiment)}, 'run ' || i, 'me', 'FINISHED', 1700000000000 + i, 'active', 'mlflow-artifacts:/x' FROM n`,
      },
      {
        sql: `WITH RECURSIVE ${keys} INSERT INTO latest_metrics (run_id, key, value, timestamp, step, is_nan)
          SELECT r.id, 'm' || j, ((r.id * 7919 + j * 104729) % 100000) / 100000.0, 1, 1, 0 FROM runs r, k
          WHERE r.experiment_id = ${Number(experiment)}`,
      },
    ]);
    db.close();
  },
  // oxlint-disable-next-line typescript/require-await -- the other one waits
  async pragmas(folder) {
    const db = connectSqlite(join(folder, 'slipway.db'), 10_000);
    const value = (name: string) => String(Object.values(db.read(`PRAGMA ${name}`, [])[0] ?? {})[0]);
    const text = `journal_mode=${value('journal_mode')} synchronous=${value('synchronous')}`;
    db.close();
    return text;
  },
};

const theirs = (python: string): Peer => ({
  title: 'MLflow 3.17.2',
  command: (folder, port) => [
    join(dirname(python), 'mlflow'),
    'server',
    `--backend-store-uri=sqlite:///${folder}/mlflow.db`,
    `--artifacts-destination=${folder}/artifacts`,
    '--host=127.0.0.1',
    `--port=${port}`,
    '--workers=1',
  ],
  env: { MLFLOW_DISABLE_TELEMETRY: 'true', MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false' },
  async fill(folder, experiment, runs) {
    const script = join(peersFolder, 'mlflow_fill.py');
    await run(python, [script, `${folder}/mlflow.db`, experiment, String(runs), String(METRICS)]);
  },
  async pragmas(folder) {
    const script = join(peersFolder, 'mlflow_pragmas.py');
    return (await run(python, [script, `sqlite:///${folder}/mlflow.db`])).stdout.trim();
  },
});

const headers = { 'content-type': 'application/json' };

async function once(peer: Peer, folder: string, seconds: number, runs: number): Promise<Round> {
  const port = await freePort();
  const first = await open(peer, folder, port);
  const experiment = String((await ask(port, '/experiments/create', { name: 'bench' }))['experiment_id']);
  const made = (await ask(port, '/runs/create', { experiment_id: experiment, start_time: 1 }))['run'];
  const runId = (made as { info: { run_id: string } }).info.run_id;
  const perSecond: Record<string, number> = {};
  const processorMs: Record<string, number> = {};
  const measure = async (name: string, target: Target, { server }: { server: Started }) => {
    const before = server.processorSeconds();
    const { requestsPerSecond } = await load(target, seconds);
    perSecond[name] = requestsPerSecond;
    processorMs[name] = (1000 * (server.processorSeconds() - before)) / (requestsPerSecond * seconds);
  };
  for (const [name, target] of Object.entries(writes(experiment, runId)))
    await measure(name, { ...target, port }, first);
  const bytes = first.server.memory();
  const searched = String((await ask(port, '/experiments/create', { name: 'searched' }))['experiment_id']);
  await first.server.stop();
  await peer.fill(folder, searched, runs);
  const second = await open(peer, folder, port);
  for (const [name, body] of Object.entries(searches(searched)))
    await measure(name, { port, path: `${api}/runs/search`, headers, body }, second);
  await second.server.stop();
  return { startMs: second.startMs, bytes, perSecond, processorMs };
}

function writes(experiment: string, runId: string): Record<string, Omit<Target, 'port'>> {
  const tags = ['mlflow.user', 'mlflow.source.name', 'mlflow.source.type'].map((key) => ({ key, value: 'bench' }));
  const metric = (key: string) => `{"key":"${key}","value":0.123456789,"timestamp":$N,"step":$N}`;
  const metrics = Array.from({ length: 100 }, (_, i) => metric(`m${i}`)).join();
  const params = Array.from({ length: 20 }, (_, i) => `{"key":"p${i}","value":"${i}"}`).join();
  return {
    create_run: {
      path: `${api}/runs/create`,
      headers,
      body: JSON.stringify({ experiment_id: experiment, start_time: 1, tags }),
    },
    log_metric: {
      path: `${api}/runs/log-metric`,
      headers,
      body: `{"run_id":"${runId}",${metric('loss').slice(1)}`,
      countFrom: 0,
    },
    log_batch: {
      path: `${api}/runs/log-batch`,
      headers,
      body: `{"run_id":"${runId}","metrics":[${metrics}],"params":[${params}]}`,
      countFrom: 0,
    },
  };
}

function searches(experiment: string): Record<string, string> {
  const search = (more: object) => JSON.stringify({ experiment_ids: [experiment], max_results: 20, ...more });
  return {
    'search: newest 20': search({}),
    'search: filter on 2 metrics, ordered by one': search({
      filter: 'metrics.m1 > 0.9 AND metrics.m2 < 0.5',
      order_by: ['metrics.m3 DESC'],
    }),
  };
}

async function open(peer: Peer, folder: string, port: number): Promise<{ server: Started; startMs: number }> {
  const began = performance.now();
  const server = start(peer.command(folder, port), peer.env);
  for (;;) {
    try {
      await ask(port, '/experiments/search', { max_results: 1 });
      return { server, startMs: performance.now() - began };
    } catch (error) {
      if (server.child.exitCode !== null || performance.now() - began > 180_000) throw error;
      await wait(10);
    }
  }
}

async function ask(port: number, path: string, body: object): Promise<Record<string, unknown>> {
  const response = await fetch(`http://127.0.0.1:${port}${api}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as Record<string, unknown>;
}

function print(
  peers: readonly Peer[],
  measured: ReadonlyMap<Peer, readonly Round[]>,
  pragmas: ReadonlyMap<Peer, string>,
  runs: number,
): void {
  const [first, second] = peers as [Peer, Peer];
  const of = (peer: Peer, value: (round: Round) => number) => median(measured.get(peer)!.map(value));
  const names = Object.keys(measured.get(first)?.[0]?.perSecond ?? {});
  const rows = names.flatMap((name) => {
    const [a, b] = [of(first, ({ perSecond }) => perSecond[name]!), of(second, ({ perSecond }) => perSecond[name]!)];
    const [c, d] = [
      of(first, ({ processorMs }) => processorMs[name]!),
      of(second, ({ processorMs }) => processorMs[name]!),
    ];
    return [
      [`${name}, a second`, figure(a), figure(b), times(a / b)],
      ['  processor time of one, ms', figure(c), figure(d), times(d / c)],
    ];
  });
  const [startA, startB] = [of(first, ({ startMs }) => startMs), of(second, ({ startMs }) => startMs)];
  const [bytesA, bytesB] = [of(first, ({ bytes }) => bytes), of(second, ({ bytes }) => bytes)];
  rows.push(['start to first answer, ms', figure(startA), figure(startB), times(startB / startA)]);
  rows.push(['resident after the writes', megabytes(bytesA), megabytes(bytesB), times(bytesB / bytesA)]);
  process.stdout.write(
    `\ntracking: 16 connections; log_batch has 100 metrics and 20 parameters; searches among ${runs.toLocaleString('en-US')} runs with ${METRICS} metrics\n`,
  );
  for (const peer of peers) process.stdout.write(`${peer.title}: SQLite, ${pragmas.get(peer)}\n`);
  process.stdout.write(`${table(['', first.title, second.title, ''], rows)}\n`);
}
