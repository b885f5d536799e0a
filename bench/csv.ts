import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { slipway } from './serve/running.ts';
import { finish, type Finished } from './pinned.ts';
import { peersFolder, type Bench } from './prepare.ts';
import { figure, median, megabytes, table, times } from './table.ts';

const rowCount = 1_000_000;

/** `predict` of a million CSV rows against the script that a user would write with pandas. */
export async function csv(bench: Bench, { rounds }: { readonly rounds: number }): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-csv-'));
  try {
    const model = join(bench.models, 'churn.joblib');
    const input = join(bench.models, 'rows.csv');
    const [ours, theirs] = [join(folder, 'ours.csv'), join(folder, 'theirs.csv')];
    const env = { SLIPWAY_HOME: join(folder, 'home'), OMP_NUM_THREADS: '1' };
    const runs = { ours: [] as Finished[], theirs: [] as Finished[] };
    for (let round = 0; round < rounds; round += 1) {
      process.stderr.write(`csv: round ${round + 1}\n`);
      runs.ours.push(await finish([...slipway, 'predict', model, '--input', input, '--output', ours], env));
      runs.theirs.push(await finish([bench.python, join(peersFolder, 'predict_csv.py'), model, input, theirs], env));
    }
    await checkSame(ours, theirs);
    const seconds = (all: readonly Finished[]) => median(all.map((one) => one.seconds));
    const row = (title: string, all: readonly Finished[], ratio: string) => [
      title,
      figure(seconds(all)),
      figure(rowCount / seconds(all)),
      megabytes(Math.max(...all.map((one) => one.peakBytes))),
      ratio,
    ];
    const head = ['', 'seconds', 'rows/s', 'peak', 'Slipway is'];
    const rows = [
      row('Slipway predict', runs.ours, ''),
      row('pandas + scikit-learn', runs.theirs, times(seconds(runs.theirs) / seconds(runs.ours))),
    ];
    process.stdout.write(`\nchurn: a CSV file of 1 M rows to a CSV file\n${table(head, rows)}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The first 10,000 answers must be the same ones; a fast wrong answer is none. */
async function checkSame(ours: string, theirs: string): Promise<void> {
  const [mine, peer] = [await firstLines(ours, 10_001), await firstLines(theirs, 10_001)];
  for (let at = 1; at < peer.length; at += 1) {
    const [a, b] = [mine[at]?.split(',') ?? [], peer[at]!.split(',')];
    const isSame =
      a.length === b.length && b.every((cell, column) => Math.abs(Number(a[column]) - Number(cell)) < 1e-9);
    if (!isSame) throw new Error(`Row ${at} differs: ${mine[at]} instead of ${peer[at]} (${mine[0]} and ${peer[0]})`);
  }
}

async function firstLines(path: string, count: number): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: createReadStream(path) })) {
    lines.push(line);
    if (lines.length === count) break;
  }
  return lines;
}
