import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from '../prepare.ts';
import { figure, median, table } from '../table.ts';
import type { ServeOptions } from './index.ts';
import { allGood, loadTool, type LoadTool, type ToolResult } from './load-tool.ts';
import { slipway, withServer, type Running } from './running.ts';

/** Clients of each kind of request: connections that stay. */
const SHAPES = [
  { rows: 1, clients: 256 },
  { rows: 100, clients: 1000 },
  { rows: 1000, clients: 1000 },
];
const TIMES = 3;
const WANTED = 0.9;

interface Round {
  readonly peak: ToolResult;
  readonly flood: ToolResult;
}

/** Three times as many requests as can be answered, whether or not those before were: how many good answers are left, and how late. */
export async function overload(bench: Bench, { rounds, seconds }: ServeOptions): Promise<void> {
  const load = await loadTool();
  const row = readFileSync(join(bench.models, 'churn.json'), 'utf8');
  const model = join(bench.models, 'churn.joblib');
  const command = (port: number) => [...slipway, 'serve', model, '--port', String(port)];
  const lines: string[][] = [];
  for (const { rows, clients } of SHAPES) {
    const body = rows === 1 ? row : `[${Array.from({ length: rows }, () => row).join(',')}]`;
    await withServer({ title: 'Slipway', command, path: '/predict', body }, async (server) => {
      const measured: Round[] = [];
      await peakOf(load, server, body, seconds / 2);
      for (let round = 0; round < rounds; round += 1) {
        process.stderr.write(`overload: round ${round + 1}, ${rows} rows\n`);
        measured.push(await roundOf(load, server, body, clients, seconds));
      }
      lines.push(lineOf(rows, measured, seconds));
    });
  }
  const head = [
    'rows a request',
    'peak/s',
    'asked/s',
    'good/s',
    'of peak',
    'wanted',
    'p50 ms',
    'p99 ms',
    'refused/s',
    'late or lost',
  ];
  process.stdout.write(`\nchurn: ${TIMES} × the sustainable load, an open loop\n${table(head, lines)}\n`);
}

async function peakOf(load: LoadTool, server: Running, body: string, seconds: number): Promise<ToolResult> {
  const { port, headers, answer } = server;
  return allGood(await load({ port, paths: ['/predict'], headers, body, connections: 16, seconds, expect: answer }));
}

async function roundOf(
  load: LoadTool,
  server: Running,
  body: string,
  clients: number,
  seconds: number,
): Promise<Round> {
  const { port, headers, answer } = server;
  const before = await peakOf(load, server, body, seconds / 2);
  const rate = before.requestsPerSecond * TIMES;
  const settings = { port, paths: ['/predict'], headers, body, expect: answer, timeout_ms: 2000, warm: clients };
  const flood = await load({ ...settings, connections: clients, rate, seconds });
  if (flood.wrong > 0) throw new Error(`${flood.wrong} wrong answers under overload`);
  // What the machine gives may have changed meanwhile.
  const after = await peakOf(load, server, body, seconds / 2);
  const requestsPerSecond = (before.requestsPerSecond + after.requestsPerSecond) / 2;
  return { peak: { ...before, requestsPerSecond }, flood };
}

function lineOf(rows: number, rounds: readonly Round[], seconds: number): string[] {
  const middle = (pick: (round: Round) => number) => median(rounds.map(pick));
  const share = middle(({ peak, flood }) => flood.requestsPerSecond / peak.requestsPerSecond);
  return [
    String(rows),
    figure(middle(({ peak }) => peak.requestsPerSecond)),
    figure(middle(({ flood }) => flood.due / seconds)),
    figure(middle(({ flood }) => flood.requestsPerSecond)),
    `${(share * 100).toFixed(0)} %`,
    `≥ ${WANTED * 100} %`,
    figure(middle(({ flood }) => flood.p50Ms ?? Number.NaN)),
    figure(middle(({ flood }) => flood.p99Ms ?? Number.NaN)),
    figure(middle(({ flood }) => flood.refused / seconds)),
    String(rounds.reduce((sum, { flood }) => sum + flood.timeouts + flood.broken, 0)),
  ];
}
