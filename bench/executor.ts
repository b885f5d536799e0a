import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Microseconds } from './executor-run.ts';
import { finish } from './pinned.ts';
import { peersFolder, type Bench } from './prepare.ts';
import { figure, median, table, times } from './table.ts';

const here = dirname(fileURLToPath(import.meta.url));

/** Microseconds a row without any server around: compiled and ONNX Runtime in Node, ONNX Runtime in Python. */
export async function executor(bench: Bench, { rounds }: { readonly rounds: number }): Promise<void> {
  const csv = join(bench.models, 'rows.csv');
  const measured = new Map<string, Microseconds[]>();
  const keep = (title: string, one: Microseconds) => measured.set(title, [...(measured.get(title) ?? []), one]);
  for (let round = 0; round < rounds; round += 1) {
    process.stderr.write(`executor: round ${round + 1}\n`);
    const script = join(here, 'executor-run.ts');
    const ours = await finish([process.execPath, script, join(bench.models, 'churn.joblib'), csv]);
    for (const [id, one] of Object.entries(JSON.parse(ours.stdout) as Record<string, Microseconds>)) keep(id, one);
    const python = join(peersFolder, 'executor_ort.py');
    const theirs = await finish([bench.python, python, join(bench.models, 'churn.onnx'), csv]);
    keep('ONNX Runtime in Python (float32 graph)', JSON.parse(theirs.stdout) as Microseconds);
  }
  const middle = (all: readonly Microseconds[], form: keyof Microseconds) => median(all.map((one) => one[form]));
  const base = measured.get('compiled') ?? [];
  const rows = [...measured].map(([title, all]) => [
    title,
    figure(middle(all, 'one')),
    title === 'compiled' ? '' : times(middle(all, 'one') / middle(base, 'one')),
    figure(middle(all, 'batch')),
    title === 'compiled' ? '' : times(middle(all, 'batch') / middle(base, 'batch')),
  ]);
  const head = ['', 'one row, µs', 'compiled is', 'of 10,000, µs a row', 'compiled is'];
  process.stdout.write(`\nchurn, the executors alone\n${table(head, rows)}\n`);
}
