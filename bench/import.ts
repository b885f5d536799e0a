import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { slipway } from './peers.ts';
import { finish, type Finished } from './pinned.ts';
import { peersFolder, type Bench } from './prepare.ts';
import { figure, median, megabytes, table, times } from './table.ts';

/** Import of a forest of 500 trees against joblib.load + skl2onnx. Ours includes the gate and the package. */
export async function importForest(bench: Bench, { rounds }: { readonly rounds: number }): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-import-'));
  try {
    const model = join(bench.models, 'forest.joblib');
    const env = { SLIPWAY_HOME: join(folder, 'home'), OMP_NUM_THREADS: '1' };
    const runs = { ours: [] as Finished[], theirs: [] as Finished[] };
    for (let round = 0; round < rounds; round += 1) {
      process.stderr.write(`import: round ${round + 1}\n`);
      runs.ours.push(await finish([...slipway, 'import', model, '--out', join(folder, `package-${round}`)], env));
      const script = join(peersFolder, 'convert_onnx.py');
      runs.theirs.push(await finish([bench.python, script, model, join(folder, 'forest.onnx')], env));
    }
    const seconds = (all: readonly Finished[]) => median(all.map((one) => one.seconds));
    const row = (title: string, all: readonly Finished[], ratio: string) => [
      title,
      figure(seconds(all)),
      megabytes(Math.max(...all.map((one) => one.peakBytes))),
      ratio,
    ];
    const rows = [
      row('slipway import', runs.ours, ''),
      row('joblib.load + skl2onnx', runs.theirs, times(seconds(runs.theirs) / seconds(runs.ours))),
    ];
    const size = megabytes(statSync(model).size);
    process.stdout.write(`\nforest: 500 trees, ${size}\n${table(['', 'seconds', 'peak', 'Slipway is'], rows)}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
