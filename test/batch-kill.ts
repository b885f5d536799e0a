import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';

const script = join(import.meta.dirname, 'batch-runner.ts');

/** What a series of kills came to. */
export interface Kills {
  readonly kills: number;
  /** Jobs that came to their end in between. */
  readonly jobs: number;
  /** Jobs whose output was not the one of a job that nobody stopped. */
  readonly different: readonly string[];
}

/** Kills a batch job with SIGKILL at random moments, resumes it until it is done, and compares, until there were enough kills. */
export async function killOften(wanted: number, seed: number): Promise<Kills> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-kill-'));
  const random = mulberry(seed);
  try {
    const input = join(folder, 'in');
    writeInputs(input);
    const expected: Record<string, string> = {};
    const took: Record<string, number> = {};
    const outputs = ['out', 'all.parquet', 'all.csv'];
    for (const output of outputs) {
      const began = performance.now();
      if (!(await run(input, join(folder, 'whole', output)))) throw new Error('the job that nobody stops does not end');
      took[output] = performance.now() - began;
      expected[output] = digestOf(join(folder, 'whole', output));
    }
    let [kills, jobs] = [0, 0];
    const different: string[] = [];
    while (kills < wanted) {
      const output = outputs[jobs % outputs.length] ?? 'out';
      const place = join(folder, 'killed', output);
      rmSync(join(folder, 'killed'), { recursive: true, force: true });
      // Each time from the beginning of a process to a little after its end.
      while (!(await run(input, place, random() * (took[output] ?? 0) * 1.1, 1 + Math.floor(random() * 2)))) {
        kills++;
        // What is under its name is whole.
        const found = digestOf(place);
        if (found !== '' && found !== expected[output]) different.push(`${output} after kill ${kills}`);
      }
      jobs++;
      if (digestOf(place) !== expected[output]) different.push(`${output}, job ${jobs}`);
      const left = readdirSync(join(folder, 'killed')).filter((name) => name.endsWith('.slipway'));
      if (left.length > 0) different.push(`${output} leaves ${left.join()}`);
    }
    return { kills, jobs, different };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** True when it came to its end before the kill. */
async function run(input: string, output: string, killAfterMs?: number, threads = 1): Promise<boolean> {
  const child = spawn(process.execPath, [script, input, output, String(threads)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  const ended = once(child, 'close') as Promise<[number | null, string | null]>;
  const control = new AbortController();
  if (killAfterMs !== undefined)
    void wait(killAfterMs, undefined, { signal: control.signal }).then(
      () => child.kill('SIGKILL'),
      () => undefined,
    );
  const [code, signal] = await ended;
  control.abort();
  if (code !== 0 && signal !== 'SIGKILL') throw new Error(`the job failed: ${said}`);
  return code === 0;
}

/** Some text with bad rows, packed and not, and columns: several pieces each. */
function writeInputs(folder: string): void {
  mkdirSync(join(folder, 'more'), { recursive: true });
  const text = (rows: number, from: number) =>
    `id,x\n${Array.from({ length: rows }, (_, i) => `${from + i},${i % 4000 === 7 ? 'oops' : `${i % 1009}.25`}\n`).join('')}`;
  writeFileSync(join(folder, 'a.csv'), text(90_000, 0));
  writeFileSync(join(folder, 'more', 'b.csv.gz'), gzipSync(text(70_000, 90_000), { level: 1 }));
  const ids = Array.from({ length: 60_000 }, (_, i) => String(i));
  const columnData = [
    { name: 'id', type: 'STRING' as const, data: ids },
    { name: 'x', type: 'DOUBLE' as const, data: ids.map((_, i) => (i === 77 ? null : i / 8)) },
  ];
  writeFileSync(join(folder, 'c.parquet'), new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: 5000 })));
}

/** Of everything but the report, which has the time in it. Empty: there is nothing. */
function digestOf(place: string): string {
  const stat = statSync(place, { throwIfNoEntry: false });
  if (!stat) return '';
  const hash = createHash('sha256');
  const side = stat.isDirectory() ? [] : [`${place}.rejects.jsonl`];
  const names = stat.isDirectory() ? readdirSync(place, { recursive: true }).map(String).toSorted() : [];
  for (const name of names)
    if (!/report\.\w+$/.test(name) && statSync(join(place, name)).isFile())
      hash.update(name).update(readFileSync(join(place, name)));
  if (!stat.isDirectory()) for (const path of [place, ...side]) hash.update(readFileSync(path));
  return hash.digest('hex');
}

function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
