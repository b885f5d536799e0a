import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { readArrowStream, writeArrowStream } from '@slipway/core/formats/arrow';
import { parquetReadObjects } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { samplePackage } from '../../../../test/sample-package.ts';
import { runBatch, type RunOptions } from './index.ts';

let folder: string;
const pkg = samplePackage(100);
const count = 3000;
const ids = Array.from({ length: count }, (_, i) => `id "${i}", ü`);
const xs = Array.from({ length: count }, (_, i) => i / 4);
const sums = xs.map((x) => x + 100);

const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
const csvText = `id,x,extra\n${xs.map((x, i) => `${quote(ids[i]!)},${x},no\n`).join('')}`;
const jsonlText = xs.map((x, i) => `${JSON.stringify({ id: ids[i], x })}\n`).join('');

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-batch-'));
  put('in.csv', csvText);
  put('in.csv.gz', gzipSync(csvText));
  // As parallel packers write it: several frames in a row.
  const half = csvText.length / 2;
  put('in.csv.zst', Buffer.concat([csvText.slice(0, half), csvText.slice(half)].map((text) => zstdCompressSync(text))));
  put('in.jsonl', jsonlText);
  put('in.parquet', parquetOf(ids, xs));
  put(
    'in.arrow',
    writeArrowStream(
      [
        { name: 'id', type: 'utf8', values: ids },
        { name: 'x', type: 'float64', values: Float64Array.from(xs) },
      ],
      count,
    ),
  );
  using database = new DatabaseSync(join(folder, 'in.db'));
  database.exec('CREATE TABLE "my rows" (id TEXT, x REAL)');
  const insert = database.prepare('INSERT INTO "my rows" VALUES (?, ?)');
  database.exec('BEGIN');
  xs.forEach((x, i) => insert.run(ids[i]!, x));
  database.exec('COMMIT');
});
afterAll(() => rmSync(folder, { recursive: true }));

function put(name: string, data: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, data);
  return path;
}

function parquetOf(
  id: readonly (string | null)[],
  x: readonly (number | null)[],
  codec: 'SNAPPY' | 'UNCOMPRESSED' = 'SNAPPY',
): Uint8Array {
  const columnData = [
    { name: 'id', type: 'STRING' as const, data: [...id] },
    { name: 'x', type: 'DOUBLE' as const, data: [...x] },
  ];
  return new Uint8Array(parquetWriteBuffer({ columnData, codec, rowGroupSize: 700 }));
}

/** Small ones, so that little input has many. */
const pieces = { bytes: 2 ** 16, rows: 1000 };
const batch = (options: Partial<RunOptions> & Pick<RunOptions, 'input' | 'output'>) =>
  runBatch({ pkg, model: { ref: 'sum', name: 'sum', version: undefined }, threads: 1, pieces, ...options });

/** Ids and predictions of an output. */
async function read(path: string): Promise<{ id: unknown; prediction: unknown }[]> {
  if (path.includes('.db#')) {
    using database = new DatabaseSync(path.slice(0, path.indexOf('#')));
    return database
      .prepare('SELECT id, prediction FROM answers ORDER BY rowid')
      .all()
      .map(({ id, prediction }) => ({ id, prediction }));
  }
  const bytes = readFileSync(path);
  if (path.endsWith('.parquet')) {
    const rows = await parquetReadObjects({
      file: { byteLength: bytes.length, slice: (a, b) => new Uint8Array(bytes).buffer.slice(a, b) },
    });
    return rows.map(({ id, prediction }) => ({ id: id as unknown, prediction: prediction as unknown }));
  }
  if (path.endsWith('.arrow')) {
    const { columns } = readArrowStream(bytes);
    return Array.from(columns[0]!.values, (id, i) => ({ id, prediction: columns[1]!.values[i] }));
  }
  const text = String(path.endsWith('.gz') ? gunzipSync(bytes) : bytes);
  const lines = text.trimEnd().split('\n');
  if (path.includes('.jsonl')) return lines.map((line) => JSON.parse(line) as { id: unknown; prediction: unknown });
  expect(lines.shift()).toBe('id,prediction');
  return lines.map((line) => {
    const [, id = '', prediction] = /^"(.*)",([^,]*)$/.exec(line) ?? [];
    return { id: id.replaceAll('""', '"'), prediction: Number(prediction) };
  });
}

const inputs = ['in.csv', 'in.csv.gz', 'in.csv.zst', 'in.jsonl', 'in.parquet', 'in.arrow', 'in.db#my rows'];
const outputs = ['out.csv', 'out.csv.gz', 'out.jsonl', 'out.jsonl.gz', 'out.parquet', 'out.arrow', 'out.db#answers'];

test.for(inputs.flatMap((input) => outputs.map((output) => ({ input, output }))))(
  '$input → $output',
  async ({ input, output }) => {
    const place = join(folder, 'formats', input.replaceAll(/\W/g, '-'), output);
    const { report } = await batch({ input: join(folder, input), output: place, columns: ['id'] });
    expect(report.rows).toEqual({ read: count, answered: count, rejected: 0, filtered: 0 });
    const rows = await read(place);
    expect(rows.map(({ id }) => id)).toEqual(ids);
    expect(rows.map(({ prediction }) => prediction)).toEqual(sums);
  },
);

test('the same bytes from one thread and from several', async () => {
  const input = put('many.csv', `x\n${Array.from({ length: 60_000 }, (_, i) => `${i % 977}.25\n`).join('')}`);
  const digests = [];
  for (const [threads, output] of [
    [1, 'one'],
    [3, 'three'],
  ] as const)
    for (const format of ['parquet', 'csv'] as const)
      digests.push(
        (await batch({ input, output: join(folder, output, `many.${format}`), threads })).report.outputs[0]?.sha256,
      );
  expect(digests.slice(0, 2)).toEqual(digests.slice(2));
});

test('a folder gives a file for each input, with report and page; partitions are columns', async () => {
  put('lake/day=2026-01-01/a.csv', 'id,x\n1,1\n');
  put('lake/day=2026-01-02/a.csv.gz', gzipSync('id,x\n2,2\n'));
  put('lake/day=2026-01-02/_tmp.csv', 'broken');
  const output = join(folder, 'lake-out');
  const { report } = await batch({ input: join(folder, 'lake'), output, columns: ['day', 'id'], format: 'csv' });
  expect(report.inputs.map(({ name, read: rows }) => [name, rows])).toEqual([
    ['day=2026-01-01/a.csv', 1],
    ['day=2026-01-02/a.csv.gz', 1],
  ]);
  expect(readdirSync(output, { recursive: true }).map(String).toSorted()).toEqual([
    'day=2026-01-01',
    'day=2026-01-01/a.csv',
    'day=2026-01-02',
    'day=2026-01-02/a.csv',
    'report.html',
    'report.json',
  ]);
  expect(readFileSync(join(output, 'day=2026-01-02/a.csv'), 'utf8')).toBe('day,id,prediction\n2026-01-02,2,102\n');
  expect(readFileSync(join(output, 'report.html'), 'utf8')).toContain('2 rows answered');
});

test('partitions fill columns of the model', async () => {
  put('hive/x=2.5/a.parquet', parquetOf(['a'], [1]).slice());
  put(
    'hive2/x=2.5/a.parquet',
    new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'id', type: 'STRING', data: ['a'] }] })),
  );
  const output = join(folder, 'hive.csv');
  await batch({ input: join(folder, 'hive2'), output, columns: ['id'] });
  expect(readFileSync(output, 'utf8')).toBe('id,prediction\na,102.5\n');
});

test('a pattern, and what is missing', async () => {
  const output = join(folder, 'glob.jsonl');
  const { report } = await batch({ input: join(folder, 'in.{csv,jsonl}'), output });
  expect(report.rows.answered).toBe(2 * count);
  await expect(batch({ input: join(folder, 'no*.csv'), output: join(folder, 'x.csv') })).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
  });
  await expect(batch({ input: join(folder, 'gone.csv'), output: join(folder, 'x.csv') })).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
  });
});

test.for([
  ['s3://bucket/in.parquet', 'x.csv'],
  ['postgres://host/db', 'x.csv'],
  ['in.csv', 's3://bucket/out/'],
])('%s → %s is refused with advice', async ([input = '', output = '']) => {
  const at = (place: string) => (place.includes('://') ? place : join(folder, place));
  await expect(batch({ input: at(input), output: at(output) })).rejects.toMatchObject({ code: 'UNSUPPORTED_FORMAT' });
});

const bad = {
  csv: 'id,x\na,1\nb,oops\nc,3\nd\ne,5\n',
  jsonl: '{"id":"a","x":1}\n{"id":"b","x":"oops"}\n{"id":"c","x":3}\nnot json\n{"id":"e","x":5}\n',
};

test.for(['csv', 'jsonl'] as const)('bad rows of %s are put aside with the reason, or end the job', async (format) => {
  const input = put(`bad.${format}`, bad[format]);
  const output = join(folder, 'bad', `${format}.csv`);
  await expect(batch({ input, output })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    message: expect.stringMatching(/^bad\.\w+, line [23]/),
  });
  expect(existsSync(output) || existsSync(join(folder, 'bad', `.${format}.csv.slipway`))).toBe(false);
  const { report } = await batch({ input, output, columns: ['id'], onError: 'reject' });
  expect(report.rows).toEqual({ read: 5, answered: 3, rejected: 2, filtered: 0 });
  expect(readFileSync(output, 'utf8')).toBe('id,prediction\na,101\nc,103\ne,105\n');
  const rejects = readFileSync(join(folder, 'bad', String(report.rejects)), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  const first = format === 'csv' ? 3 : 2;
  expect(rejects).toMatchObject([
    { file: `bad.${format}`, line: first, errors: [{ column: 'x', received: '"oops"' }] },
    { file: `bad.${format}`, line: first + 2 },
  ]);
});

test('bad rows of columns: the good ones around them are answered', async () => {
  const input = put('bad.parquet', parquetOf(['a', 'b', 'c', 'd'], [1, null, 3, null]));
  const output = join(folder, 'bad', 'columns.csv');
  await expect(batch({ input, output })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    message: expect.stringContaining('rows[1].x'),
  });
  const { report } = await batch({ input, output, columns: ['id'], onError: 'reject' });
  expect(report.rows).toEqual({ read: 4, answered: 2, rejected: 2, filtered: 0 });
  expect(readFileSync(output, 'utf8')).toBe('id,prediction\na,101\nc,103\n');
  const rejects = readFileSync(join(folder, 'bad', String(report.rejects)), 'utf8');
  expect(rejects).toContain('"row":1');
  expect(rejects).toContain('"row":3');
});

test.for(['in.csv', 'in.jsonl', 'in.parquet', 'in.arrow', 'in.db#my rows'])(
  '--where counts what it leaves out: %s',
  async (input) => {
    const output = join(folder, 'where', `${input.replaceAll(/\W/g, '-')}.csv`);
    const { report } = await batch({ input: join(folder, input), output, where: `x >= 10 and x < 20 or not x < 700` });
    const expected = xs.filter((x) => (x >= 10 && x < 20) || x >= 700);
    expect(report.rows).toEqual({
      read: count,
      answered: expected.length,
      rejected: 0,
      filtered: count - expected.length,
    });
    expect(readFileSync(output, 'utf8')).toBe(`prediction\n${expected.map((x) => `${x + 100}\n`).join('')}`);
  },
);

test('a bad row that --where leaves out is left out; one that has no values is not', async () => {
  const input = put('mixed.csv', 'id,x\na,1\nb,oops\nc\n');
  const output = join(folder, 'mixed.csv.out.csv');
  const { report } = await batch({ input, output, where: `id != 'b'`, onError: 'reject' });
  expect(report.rows).toEqual({ read: 3, answered: 1, rejected: 1, filtered: 1 });
});

test('a job that is done is not done again, unless it is forced; another job does not replace it', async () => {
  const input = put('again.csv', 'x\n1\n');
  const output = join(folder, 'again');
  const first = await batch({ input, output });
  expect((await batch({ input, output })).wasDone).toBe(true);
  const forced = await batch({ input, output, force: true });
  expect(forced.wasDone).toBe(false);
  expect(forced.report.outputs).toEqual(first.report.outputs);
  appendFileSync(input, '2\n');
  await expect(batch({ input, output })).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
  expect((await batch({ input, output, force: true })).report.rows.answered).toBe(2);
  // Somebody changed what was written: then there is something to do.
  writeFileSync(join(output, 'again.csv'), 'prediction\n');
  expect((await batch({ input, output })).wasDone).toBe(false);
});

test('what no job wrote stays as it is', async () => {
  const input = put('own.csv', 'x\n1\n');
  const output = put('precious/notes.txt', 'mine');
  for (const force of [false, true])
    await expect(batch({ input, output: dirname(output), force })).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
  expect(readFileSync(output, 'utf8')).toBe('mine');
});

test('rows of a table are added once, and replaced by key', async () => {
  const input = put('keyed.csv', 'id,x\na,1\nb,2\n');
  const output = `sqlite:${join(folder, 'keyed.db')}#answers`;
  const options = { input, output, columns: ['id'], key: 'id' };
  await batch(options);
  expect((await batch(options)).wasDone).toBe(true);
  writeFileSync(input, 'id,x\nb,20\nc,30\n');
  await batch({ ...options, force: true });
  expect(await read(`${join(folder, 'keyed.db')}#answers`)).toEqual([
    { id: 'a', prediction: 101 },
    { id: 'b', prediction: 120 },
    { id: 'c', prediction: 130 },
  ]);
});

test('an empty table, columns that are missing, and files that lie', async () => {
  const output = (name: string) => join(folder, 'odd', name);
  const { report } = await batch({ input: put('empty.csv', 'id,x\n'), output: output('empty.csv'), columns: ['id'] });
  expect(report.rows.read).toBe(0);
  expect(readFileSync(output('empty.csv'), 'utf8')).toBe('id,prediction\n');
  const empty = put(
    'empty.parquet',
    new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'x', type: 'DOUBLE', data: [] }] })),
  );
  expect((await batch({ input: empty, output: output('e.parquet') })).report.rows.read).toBe(0);
  for (const onError of ['stop', 'reject'] as const) {
    await expect(batch({ input: put('y.csv', 'y\n1\n'), output: output('y.csv'), onError })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
    const y = put(
      'y.parquet',
      new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'y', type: 'DOUBLE', data: [1] }] })),
    );
    await expect(batch({ input: y, output: output('y.csv'), onError })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
  }
  await expect(batch({ input: put('zero.csv', ''), output: output('zero.csv') })).rejects.toMatchObject({
    code: 'INVALID_CSV',
  });
  await expect(
    batch({ input: put('not.parquet', 'PAR1 nonsense PAR1'), output: output('n.csv') }),
  ).rejects.toMatchObject({ code: 'CORRUPT_FILE' });
  await expect(
    batch({ input: put('not.arrow', 'nonsense, and more of it'), output: output('n.csv') }),
  ).rejects.toMatchObject({ code: 'CORRUPT_FILE' });
  await expect(
    batch({ input: put('cut.csv.gz', gzipSync(csvText).subarray(0, 200)), output: output('n.csv') }),
  ).rejects.toMatchObject({ code: 'CORRUPT_FILE' });
  await expect(
    batch({ input: put('cut.csv.zst', zstdCompressSync(csvText).subarray(0, 200)), output: output('n.csv') }),
  ).rejects.toMatchObject({ code: 'CORRUPT_FILE' });
  await expect(batch({ input: join(folder, 'in.csv'), output: output('o.csv.zst') })).rejects.toMatchObject({
    code: 'USAGE',
  });
  await expect(batch({ input: `${put('not.db', 'nonsense')}#t`, output: output('n.csv') })).rejects.toMatchObject({
    code: 'CORRUPT_FILE',
  });
});

test('only below the folders that are allowed, links followed', async () => {
  const within = [join(folder, 'lake')];
  const input = put('lake/day=2026-01-01/a.csv', 'id,x\n1,1\n');
  await expect(batch({ input, output: join(folder, 'outside.csv'), within })).rejects.toMatchObject({
    code: 'INVALID_REQUEST',
  });
  await expect(
    batch({ input: join(folder, 'in.csv'), output: join(folder, 'lake/o.csv'), within }),
  ).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  await expect(
    batch({ input: 'https://127.0.0.1:1/a.csv', output: join(folder, 'lake/o.csv'), within }),
  ).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  await batch({ input, output: join(folder, 'lake/o.csv'), within });
});

test('a job that was stopped goes on to the same bytes; changed and vanished inputs are told', async () => {
  const text = `x\n${Array.from({ length: 200_000 }, (_, i) => `${i % 1013}.5\n`).join('')}`;
  const input = put('stopped/in.csv', text);
  const output = join(folder, 'stopped-out', 'out.csv');
  const work = join(folder, 'stopped-out', '.out.csv.slipway');
  const whole = await batch({ input, output: join(folder, 'stopped-whole.csv') });
  const stop = async (after: number) => {
    const control = new AbortController();
    let told = 0;
    const run = batch({
      input,
      output,
      resume: true,
      signal: control.signal,
      onProgress: () => void (++told >= after && control.abort()),
    });
    await expect(run).rejects.toThrow();
    expect(existsSync(output)).toBe(false);
    expect(existsSync(join(work, 'journal.jsonl'))).toBe(true);
  };
  await stop(1);
  // A power cut: the journal is ahead of what the disk has.
  const draft = readFileSync(join(work, 'out', 'out.csv'));
  writeFileSync(join(work, 'out', 'out.csv'), draft.subarray(0, draft.length / 2));
  appendFileSync(join(work, 'journal.jsonl'), '{"kind":"piece","ind');
  const resumed = await batch({ input, output, resume: true });
  expect(resumed.report.outputs[0]?.sha256).toBe(whole.report.outputs[0]?.sha256);
  expect(resumed.report.rows).toEqual(whole.report.rows);
  expect(existsSync(work)).toBe(false);
  rmSync(join(folder, 'stopped-out'), { recursive: true });
  await stop(1);
  utimesSync(input, new Date(), new Date(Date.now() + 5000));
  await expect(batch({ input, output, resume: true })).rejects.toMatchObject({ code: 'INPUT_CHANGED' });
  rmSync(input);
  await expect(batch({ input, output, resume: true })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
});
