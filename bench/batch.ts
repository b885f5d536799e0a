import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetRead } from 'hyparquet';
import { run } from '../test/services/run.ts';
import { venv } from '../test/services/venv.ts';
import { slipway } from './serve/running.ts';
import { finish, type Finished } from './pinned.ts';
import { peersFolder, training, type Bench } from './prepare.ts';
import { figure, median, megabytes, table, times } from './table.ts';

/** A million rows, or with `--all` ten as well, Parquet to Parquet: `batch run` against two scripts, each alone on one core. */
export async function batch(
  bench: Bench,
  { rounds, all }: { readonly rounds: number; readonly all: boolean },
): Promise<void> {
  const python = await venv('bench-batch', [...training, 'pyarrow==26.0.1']);
  for (const millions of all ? [1, 10] : [1]) await oneSize(bench, python, millions, rounds);
}

async function oneSize({ models }: Bench, python: string, millions: number, rounds: number): Promise<void> {
  const input = join(models, `rows-${millions}m.parquet`);
  if (!existsSync(input)) {
    await run(python, [join(peersFolder, 'batch_rows.py'), String(millions * 1_000_000), `${input}.part`]);
    renameSync(`${input}.part`, input);
  }
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-batch-'));
  const out = (name: string) => join(folder, `${name}.parquet`);
  const script = (name: string, model: string) => [
    python,
    join(peersFolder, `batch_${name}.py`),
    join(models, model),
    input,
    out(name),
  ];
  const ours = [
    'batch',
    'run',
    join(models, 'churn.joblib'),
    '--input',
    input,
    '--output',
    out('ours'),
    '--columns',
    'id',
    '--force',
  ];
  const env = { SLIPWAY_HOME: join(folder, 'home'), OMP_NUM_THREADS: '1' };
  const commands = {
    'Slipway batch run': [...slipway, ...ours],
    'pandas + scikit-learn, in chunks': script('pandas', 'churn.joblib'),
    'pyarrow + ONNX Runtime': script('ort', 'churn.onnx'),
  };
  const runs: Record<string, Finished[]> = {};
  try {
    for (let round = 0; round < rounds; round += 1) {
      for (const [title, command] of Object.entries(commands)) {
        process.stderr.write(`batch: ${millions} M rows, round ${round + 1}, ${title}\n`);
        (runs[title] ??= []).push(await finish(command, env));
      }
    }
    await checkSame(out('ours'), out('pandas'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const seconds = (title: string) => median((runs[title] ?? []).map((one) => one.seconds));
  const rows = Object.entries(runs).map(([title, finished], i) => [
    title,
    figure(seconds(title)),
    figure((millions * 1_000_000) / seconds(title)),
    megabytes(Math.max(...finished.map((one) => one.peakBytes))),
    i === 0 ? '' : times(seconds(title) / seconds('Slipway batch run')),
  ]);
  const heading = ['', 'seconds', 'rows/s', 'peak', 'Slipway is'];
  process.stdout.write(`\nchurn: ${millions} M rows, Parquet to Parquet, one core\n${table(heading, rows)}\n`);
}

/** The first rows must be the same ones as scikit-learn's; a fast wrong answer is none. */
async function checkSame(ours: string, theirs: string): Promise<void> {
  const [mine, peer] = [await head(ours), await head(theirs)];
  peer.forEach((row, at) => {
    const isSame = row.every((cell, column) => Math.abs(Number(mine[at]?.[column]) - Number(cell)) < 1e-9);
    if (!isSame) throw new Error(`Row ${at} differs: ${mine[at]?.join()} instead of ${row.join()}`);
  });
}

async function head(path: string): Promise<unknown[][]> {
  const bytes = new Uint8Array(readFileSync(path));
  const file = { byteLength: bytes.length, slice: (start: number, end?: number) => bytes.buffer.slice(start, end) };
  let rows: unknown[][] = [];
  await parquetRead({ file, rowEnd: 10_000, onComplete: (found) => (rows = found) });
  return rows;
}
