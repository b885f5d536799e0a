import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { startSlipway } from '../services/server.ts';
import { Clients, type Kind } from './serve-load.ts';

const root = resolve(import.meta.dirname, '../..');
const bin = join(root, 'packages/slipway/bin/slipway.mjs');
const home = mkdtempSync(join(tmpdir(), 'slipway-soak-'));
const minutes = Number(process.env['SOAK_MINUTES'] ?? 30);
/** Share of a core that the server shall be busy. */
const LOAD = 0.7;
/** Of the median of the second half over that of the first, in MiB. */
const MOST_GROWTH = 16;
const TICKS = 100;

afterAll(() => rmSync(home, { recursive: true, force: true }));

const env = { ...process.env, SLIPWAY_HOME: home };
const slipway = (...words: string[]) =>
  execFileSync(process.execPath, [bin, ...words, '--json'], { env, encoding: 'utf8' });

/** Servers run for months: the same load for long, aliases moving, and nothing may grow, get lost or be answered wrongly. */
test(`${minutes} minutes at ${LOAD * 100} % load`, { timeout: (minutes + 5) * 60_000 }, async () => {
  const model = join(root, 'examples/churn/model.joblib');
  slipway('import', model, '--name', 'churn', '--alias', 'champion');
  // Another version that decides otherwise.
  slipway('import', model, '--name', 'churn', '--threshold', '0.05');
  const { key } = JSON.parse(slipway('keys', 'create', 'soak', '--scope', 'predict,deploy,read')) as { key: string };
  const server = await startSlipway(['serve', 'churn@champion', '--grpc-port', '0', '--log', 'off'], { env });
  const clients = new Clients(server.url, { 'x-api-key': key }, 200);
  const kinds = await kindsOf(clients);
  const stop = new AbortController();
  const load = clients.run(kinds, stop.signal);
  const megabytes: number[] = [];
  const shares: number[] = [];
  let moves = 0;
  let refused = 0;
  const end = performance.now() + minutes * 60_000;
  let [busy, then] = [processorSeconds(server.pid), performance.now()];
  for (let second = 0; performance.now() < end; second++) {
    await wait(1000);
    const [spent, now] = [processorSeconds(server.pid), performance.now()];
    const share = ((spent - busy) / (now - then)) * 1000;
    [busy, then] = [spent, now];
    shares.push(share);
    // As much as keeps it that busy; less when it does not get the processor that it needs.
    const isBehind = clients.underWay > 50 || clients.refused > refused;
    refused = clients.refused;
    const step = Math.min(1.2, Math.max(0.8, LOAD / Math.max(share, 0.01)));
    clients.rate = Math.max(50, clients.rate * (isBehind ? 0.7 : step));
    megabytes.push(residentMegabytes(server.pid));
    if (second % 15 === 0)
      process.stdout.write(
        `${second} s: ${Math.round(share * 100)} %, ${Math.round(clients.rate)}/s, ${Math.round(megabytes.at(-1) ?? 0)} MB\n`,
      );
    if (second % 3 > 0) continue;
    const version = (moves % 2) + 1;
    const moved = await clients.ask(
      'PUT',
      '/api/v1/models/churn/aliases/champion',
      `{"version":${version}}`,
      'application/json',
    );
    expect(moved?.status).toBe(200);
    moves++;
  }
  stop.abort();
  await load;
  const settled = megabytes.slice(Math.floor(megabytes.length / 5));
  const half = Math.floor(settled.length / 2);
  const growth = middle(settled.slice(half)) - middle(settled.slice(0, half));
  const facts = {
    answered: clients.answered,
    refused: clients.refused,
    moves,
    load: middle(shares),
    // Every tenth of the time.
    megabytes: Array.from({ length: 10 }, (_, i) =>
      Math.round(megabytes[Math.floor((i * megabytes.length) / 10)] ?? 0),
    ),
    most: Math.max(...megabytes),
    growth,
    megabytesAnHour: slope(settled) * 3600,
    wrong: clients.wrong,
  };
  process.stdout.write(`${JSON.stringify(facts)}\n`);
  expect(await server.stop()).toBe(0);
  expect(clients.wrong).toEqual([]);
  expect(clients.refused).toBeLessThan(clients.answered / 20);
  expect(clients.answered).toBeGreaterThan(minutes * 60 * 30);
  expect(growth).toBeLessThan(MOST_GROWTH);
});

/** One row, many, CSV, another wire, and what is wrong, with what each version answers. */
async function kindsOf(clients: Clients): Promise<Kind[]> {
  const rows = JSON.parse(readFileSync(join(root, 'examples/churn/rows.json'), 'utf8')) as object[];
  const csv = readFileSync(join(root, 'examples/churn/rows.csv'), 'utf8');
  const json = 'application/json';
  const path = '/predict/churn@champion';
  const many = Array.from({ length: 200 }, (_, i) => rows[i % rows.length]);
  const kinds: Omit<Kind, 'answers'>[] = [
    { path, type: json, body: JSON.stringify(rows[0]), status: 200, share: 60 },
    { path, type: json, body: JSON.stringify(many), status: 200, share: 10 },
    { path, type: 'text/csv', body: csv, status: 200, share: 10 },
    {
      path: '/v1/models/churn/labels/champion:predict',
      type: json,
      body: JSON.stringify({ instances: rows.slice(0, 5) }),
      status: 200,
      share: 10,
    },
    { path, type: json, body: '{"age":"old"}', status: 400, share: 10 },
  ];
  const whole: Kind[] = [];
  for (const kind of kinds) {
    const answers: Record<string, string> = {};
    for (const version of [1, 2]) {
      const at = kind.path.replace('@champion', `:${version}`).replace('labels/champion', `versions/${version}`);
      const got = await clients.ask('POST', at, kind.body, kind.type);
      expect(got?.status, `${at}: ${got?.text}`).toBe(kind.status);
      const detail = /"detail":"(?:[^"\\]|\\.)*"/.exec(got?.text ?? '')?.[0];
      answers[got?.model ?? ''] = kind.status === 200 ? (got?.text ?? '') : (detail ?? '');
    }
    whole.push({ ...kind, answers });
  }
  // Else a version could answer in place of the other.
  const [first] = whole;
  expect(new Set(Object.values(whole[1]?.answers ?? {})).size, JSON.stringify(first?.answers)).toBe(2);
  return whole;
}

function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

function residentMegabytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

/** Least squares, by second. */
function slope(values: readonly number[]): number {
  const [at, mean] = [(values.length - 1) / 2, values.reduce((sum, one) => sum + one, 0) / values.length];
  const top = values.reduce((sum, one, i) => sum + (i - at) * (one - mean), 0);
  return top / values.reduce((sum, _, i) => sum + (i - at) ** 2, 0);
}
