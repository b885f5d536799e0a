import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from '../prepare.ts';
import { figure, median, table, times } from '../table.ts';
import type { ServeOptions } from './index.ts';
import { allGood, loadTool, warmUp } from './load-tool.ts';
import { slipway, withServer } from './running.ts';

const COUNTS = [1, 2] as const;
const CONNECTIONS = 64;
const WANTED = 1.1;
/** For each process. */
const WARM_UP_REQUESTS = 40_000;

/** What a request costs with two processes on the port, in processor time. All of them share the measured core. */
export async function workers(bench: Bench, { rounds, seconds }: ServeOptions): Promise<void> {
  const load = await loadTool();
  const body = readFileSync(join(bench.models, 'churn.json'), 'utf8');
  const model = join(bench.models, 'churn.joblib');
  const spent = new Map(COUNTS.map((count) => [count, [] as number[]]));
  for (let round = 0; round < rounds; round += 1) {
    for (const count of COUNTS) {
      process.stderr.write(`workers: round ${round + 1}, ${count}\n`);
      const flags = ['--workers', String(count)];
      const command = (port: number) => [...slipway, 'serve', model, '--port', String(port), ...flags];
      await withServer({ title: 'Slipway', command, path: '/predict', body }, async (server) => {
        const { port, headers, processorSeconds } = server;
        const settings = { port, paths: ['/predict'], headers, body, connections: CONNECTIONS };
        await warmUp(load, settings, WARM_UP_REQUESTS * count);
        const before = processorSeconds();
        const { good } = allGood(await load({ ...settings, seconds }));
        spent.get(count)!.push(((processorSeconds() - before) / good) * 1e6);
      });
    }
  }
  const one = median(spent.get(1)!);
  const rows = COUNTS.map((count) => {
    const microseconds = median(spent.get(count)!);
    return [String(count), figure(microseconds), ...(count === 1 ? [] : [times(microseconds / one), `≤ ${WANTED} ×`])];
  });
  const head = ['workers', 'processor µs a request', 'of one', 'wanted'];
  process.stdout.write(`\nchurn: one row as JSON, processes that share a port\n${table(head, rows)}\n`);
}
