import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../test/services/cache.ts';
import { run } from '../test/services/run.ts';
import { venv } from '../test/services/venv.ts';
import type { Loaded } from './family-session.ts';
import { peersFolder, training, type Bench } from './prepare.ts';
import { session, type Session } from './session.ts';
import { figure, table, times } from './table.ts';

const here = dirname(fileURLToPath(import.meta.url));
const script = join(peersFolder, 'family_session.py');
const boosters = ['xgboost==3.2.0', 'lightgbm==4.7.0', 'catboost==1.2.10'];
const oneThread = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };

const forms = ['one', 'many'] as const;
const executors = ['compiled', 'onnx'] as const;
type Form = (typeof forms)[number];

/** Our executors and the library itself, for one model of each family: a row at a time, and 100,000 rows in a call. */
export async function families(_bench: Bench, { rounds }: { readonly rounds: number }): Promise<void> {
  const python = await venv('families', [...training, ...boosters]);
  const folder = await trained(python);
  await using library = session([python, script, 'time', folder], oneThread);
  await using ours = session([process.execPath, join(here, 'family-session.ts'), folder], oneThread);
  const rows: string[][] = [];
  const slow: string[] = [];
  const notes: string[] = [];
  for (const id of JSON.parse(readFileSync(join(folder, 'families.json'), 'utf8')) as string[]) {
    const loaded = JSON.parse(await ours.ask(`load ${id}`)) as Loaded;
    for (const [executor, problem] of Object.entries(loaded.executors))
      if (problem !== null) notes.push(`${id}, ${executor}: ${problem}`);
    const best = await measure(id, library, ours, rounds);
    const cells = forms.flatMap((form) => {
      const picked = form === 'one' ? loaded.row : loaded.batch;
      const ratio = best(form, 'library') / best(form, picked);
      if (ratio < (form === 'one' ? 10 : 1)) slow.push(`${id}, ${form}: ${times(ratio)}`);
      return [...['library', ...executors].map((who) => figure(best(form, who))), picked, times(ratio)];
    });
    rows.push([id, ...cells]);
    process.stderr.write(`families: ${rows.at(-1)!.join('  ')}\n`);
  }
  const head = ['', ...forms.flatMap((form) => [`${form}: library`, 'compiled', 'ONNX Runtime', 'picked', 'it is'])];
  process.stdout.write(
    `\nfamilies, µs of processor time a row: one row, and 100,000 rows in a call\n${table(head, rows)}\n`,
  );
  for (const [title, lines] of Object.entries({ 'below 10 × and 1 ×': slow, 'not taken or not equal': notes }))
    if (lines.length > 0) process.stdout.write(`\n${title}\n${lines.map((line) => `  ${line}\n`).join('')}`);
}

/** Everybody in turn, round after round; the fastest time of each, which others on the machine disturb least. */
async function measure(id: string, library: Session, ours: Session, rounds: number) {
  const best = new Map<string, number>();
  const keep = (key: string, answer: string) => {
    // What could not be measured is NaN, which ours says as null.
    best.set(key, Math.min(Number(answer === 'null' ? 'NaN' : answer), best.get(key) ?? Infinity));
  };
  for (let round = 0; round < rounds; round += 1) {
    for (const form of forms) {
      keep(`${form} library`, await library.ask(`${id} ${form}`));
      for (const executor of executors) keep(`${form} ${executor}`, await ours.ask(`time ${executor} ${form}`));
    }
  }
  return (form: Form, who: string) => best.get(`${form} ${who}`) ?? Number.NaN;
}

/** Trains once; the models stay in the cache. */
async function trained(python: string): Promise<string> {
  const digest = createHash('sha256').update(readFileSync(script)).update(boosters.join()).digest('hex').slice(0, 8);
  const folder = join(cacheFolder, `bench-families-${digest}`);
  const ready = join(folder, '.ready');
  if (existsSync(ready)) return folder;
  process.stderr.write('prepare: training the families\n');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await run(python, [script, 'train', folder], { timeoutMs: 900_000 });
  writeFileSync(ready, '');
  return folder;
}
