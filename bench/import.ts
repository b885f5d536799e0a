import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Stages } from './import-stages.ts';
import { slipway } from './serve/running.ts';
import { finish, type Finished } from './pinned.ts';
import { peersFolder, type Bench } from './prepare.ts';
import { figure, median, megabytes, table, times } from './table.ts';

const stagesScript = join(dirname(fileURLToPath(import.meta.url)), 'import-stages.ts');

interface Rounds {
  readonly rounds: number;
}

/** A big forest and two everyday pipelines against joblib.load + skl2onnx. Ours includes the gate and the package. */
export async function importModels(bench: Bench, options: Rounds): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-import-'));
  try {
    await forest(bench, folder, options);
    await everyday(bench, folder, options);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function forest(bench: Bench, folder: string, { rounds }: Rounds): Promise<void> {
  const model = join(bench.models, 'forest.joblib');
  const runs = { ours: [] as Finished[], theirs: [] as Finished[] };
  for (let round = 0; round < rounds; round += 1) {
    process.stderr.write(`import: round ${round + 1}\n`);
    runs.ours.push(await ours(model, folder));
    runs.theirs.push(await theirs(bench, model, folder));
  }
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
}

/** The whole command, and what of it the importing process spends: the rest is the start of the command itself. */
async function everyday(bench: Bench, folder: string, { rounds }: Rounds): Promise<void> {
  const rows: string[][] = [];
  for (const name of ['cancer', 'churn']) {
    const model = join(bench.models, `${name}.joblib`);
    const whole: Finished[] = [];
    const inside: Stages[] = [];
    const peers: Finished[] = [];
    for (let round = 0; round < rounds; round += 1) {
      whole.push(await ours(model, folder));
      inside.push(JSON.parse((await finish([process.execPath, stagesScript, model])).stdout) as Stages);
      // The script gives all columns one type, so it cannot convert a table of numbers and texts.
      if (name === 'cancer') peers.push(await theirs(bench, model, folder));
    }
    const stage = (key: keyof Stages) => figure(median(inside.map((one) => one[key])));
    const command = seconds(whole);
    rows.push([
      name,
      figure(command * 1000),
      stage('start'),
      stage('modules'),
      stage('work'),
      figure(seconds(peers) * 1000),
      times(seconds(peers) / command),
    ]);
  }
  const head = ['', 'command, ms', 'start', 'modules', 'read, convert, gate', 'joblib.load + skl2onnx', 'Slipway is'];
  process.stdout.write(`\neveryday pipelines, from the sources of this checkout\n${table(head, rows)}\n`);
}

const seconds = (all: readonly Finished[]) => median(all.map((one) => one.seconds));

let packages = 0;

function ours(model: string, folder: string): Promise<Finished> {
  const out = join(folder, `package-${packages++}`);
  return finish([...slipway, 'import', model, '--out', out], {
    SLIPWAY_HOME: join(folder, 'home'),
    OMP_NUM_THREADS: '1',
  });
}

function theirs({ python }: Bench, model: string, folder: string): Promise<Finished> {
  const command = [python, join(peersFolder, 'convert_onnx.py'), model, join(folder, 'model.onnx')];
  return finish(command, { OMP_NUM_THREADS: '1' });
}
