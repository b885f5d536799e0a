import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Signature } from '@slipway/core/signature';
import { float64, int64, strings } from '@slipway/core/tensor';
import { openHome, type Home } from '../registry/index.ts';
import { silentLog } from '../telemetry/index.ts';
import type { NotedModel } from '../telemetry/index.ts';
import type { LogEntry } from './entry.ts';
import { judge, parseRedactions } from './index.ts';
import { keptRows } from './kept-rows.ts';
import { RequestLog } from './request-log.ts';

let folder: string;
let home: Home;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-journal-'));
  home = await openHome({ home: folder, thread: 'inline', now: () => now });
});
afterAll(async () => {
  await home.close();
  rmSync(folder, { recursive: true });
});
let now = new Date('2030-01-01T00:00:00Z');

test.for([
  ['classification', 'Yes', 'Yes', { correct: true }],
  ['classification', 1, '1', { correct: true }],
  ['classification', true, false, { correct: false }],
  ['classification', 'Yes', { label: 'Yes' }, undefined],
  ['multilabel', { a: 1, b: 0 }, { b: 0, a: 1 }, { correct: true }],
  ['multilabel', { a: 1, b: 0 }, { a: 1 }, undefined],
  ['multilabel', [1, 0], [1, 1], { correct: false }],
  ['regression', 10, 12.5, { absoluteError: 2.5, squaredError: 6.25 }],
  ['regression', { fare: 1, duration: 10 }, { fare: 2, duration: 13 }, { absoluteError: 2, squaredError: 5 }],
  ['regression', [1, 2], [1], undefined],
  ['regression', 10, '12', undefined],
  ['regression', 10, [12], undefined],
  ['outlier', -1, -1, { correct: true }],
] as const)('%s: %o and %o', ([task, prediction, actual, expected]) => {
  const none = { correct: null, absoluteError: null, squaredError: null };
  expect(judge(task, prediction, actual)).toEqual(expected && { ...none, ...expected });
});

test.for([
  ['', []],
  ['email', [['email', 'hash']]],
  [
    ' email , home address=drop,',
    [
      ['email', 'hash'],
      ['home address', 'drop'],
    ],
  ],
] as const)('--redact %o', ([text, expected]) => {
  expect([...parseRedactions(text)]).toEqual(expected);
});
test('--redact email=shred is refused', () => {
  expect(() => parseRedactions('email=shred')).toThrow(/COLUMN=hash or COLUMN=drop, received "email=shred"/);
});

const column = { nullable: true, required: true } as const;
const signatureOf = (more: Partial<Signature>): Signature => ({
  form: 'table',
  task: 'regression',
  outputs: { value: 'value' },
  columns: [],
  ...more,
});
const modelOf = (signature: Signature): NotedModel => ({
  name: 'm',
  version: undefined,
  label: 'm',
  digest: 'sha256:00',
  signature,
});
const plain = (_: string, cell: unknown): unknown => cell;
const outputs = { value: float64([1, 2], [2]) };

test.for([
  {
    name: 'a table',
    signature: signatureOf({
      columns: [
        { ...column, name: 'n', type: 'number' },
        { ...column, name: 'b', type: 'boolean' },
        { ...column, name: 's', type: 'string' },
        { ...column, name: 'dropped', type: 'number', required: false },
      ],
    }),
    inputs: { n: float64([1.5, NaN], [2, 1]), b: float64([1, 0], [2, 1]), s: strings(['x', 'y'], [2, 1]) },
    rows: [
      { n: 1.5, b: true, s: 'x' },
      { n: null, b: false, s: 'y' },
    ],
  },
  {
    name: 'an array',
    signature: signatureOf({
      form: 'array',
      columns: [
        { ...column, name: 'x0', type: 'number' },
        { ...column, name: 'x1', type: 'number' },
      ],
    }),
    inputs: { X: float64([1, 2, 3, 4], [2, 2]) },
    rows: [
      [1, 2],
      [3, 4],
    ],
  },
  {
    name: 'text',
    signature: signatureOf({ form: 'text', columns: [{ ...column, name: 'text', type: 'string' }] }),
    inputs: { text: strings(['good', 'bad'], [2, 1]) },
    rows: ['good', 'bad'],
  },
  {
    name: 'tensors',
    signature: signatureOf({ form: 'tensors', tensors: [{ name: 'ids', dtype: 'int64', shape: [2] }] }),
    inputs: { ids: int64([1, 2, 3, 4], [2, 2]) },
    rows: [{ ids: { shape: [2], data: [1, 2] } }, { ids: { shape: [2], data: [3, 4] } }],
  },
])('rows of $name are made from tensors', ({ signature, inputs, rows }) => {
  const kept = [...keptRows({ model: modelOf(signature), count: 2, inputs, outputs }, plain)];
  expect(kept.map(({ row }) => row)).toEqual(rows);
  expect(kept.map(({ prediction }) => prediction)).toEqual([1, 2]);
});

const entry = (id: string): LogEntry => ({
  request_id: id,
  row_index: 0,
  time: 1,
  model: 'm',
  version: null,
  digest: 'd',
  wire: 'native',
  key: null,
  trace_id: null,
  row: '{}',
  answer: '{}',
  ms: 1,
});
const open = (name: string, more: object = {}) =>
  RequestLog.open({
    folder: join(folder, name),
    rate: 1,
    maxBytes: 1 << 30,
    redactions: parseRedactions(),
    log: silentLog,
    ...more,
  });
const signature = signatureOf({ columns: [{ ...column, name: 'n', type: 'number' }] });
const request = (requestId: string, rows = 1, text = () => 'x') => ({
  requestId,
  wire: 'native',
  caller: undefined,
  traceId: undefined,
  ms: 1,
  runs: Array.from({ length: rows }, () => ({
    model: modelOf(signature),
    count: 1,
    row: { n: text() },
    answer: '{"prediction":1}',
  })),
});
const parquet = async (path: string) =>
  (await parquetReadObjects({ file: new Uint8Array(readFileSync(path)).buffer })) as Record<string, unknown>[];
const filesOf = (name: string) =>
  readdirSync(join(folder, name))
    .filter((file) => file !== 'salt')
    .toSorted();

test('what a killed process left is sealed, without the line that it was writing; that of a living one is not', async () => {
  const killed = spawnSync(process.execPath, ['-e', '']).pid;
  mkdirSync(join(folder, 'crash'));
  const lines = `${JSON.stringify(entry('a'))}\n${JSON.stringify(entry('b'))}\n{"request_id":"c","ro`;
  writeFileSync(join(folder, 'crash', `2030~${hostname()}~${killed}~0.jsonl`), lines);
  writeFileSync(join(folder, 'crash', `2030~${hostname()}~${killed}~1.parquet.draft`), 'half');
  writeFileSync(join(folder, 'crash', `2031~${hostname()}~${process.pid}~9.jsonl`), lines);
  await (await open('crash')).close();
  expect(filesOf('crash')).toEqual([
    `2030~${hostname()}~${killed}~0.parquet`,
    `2031~${hostname()}~${process.pid}~9.jsonl`,
  ]);
  const rows = await parquet(join(folder, 'crash', filesOf('crash')[0] as string));
  expect(rows.map((row) => row['request_id'])).toEqual(['a', 'b']);
});

test('the disk is bounded: the oldest segments go', async () => {
  const maxBytes = 600_000;
  let time = 0;
  const log = await open('small', { maxBytes, now: () => (time += 1000) });
  // Random text, so that compression does not make it small.
  for (let i = 0; i < 60; i++) {
    log.add(request(`r${i}`, 50, () => randomBytes(300).toString('hex')));
    await log.flush();
  }
  await log.close();
  const files = filesOf('small');
  const size = files.reduce((sum, name) => sum + statSync(join(folder, 'small', name)).size, 0);
  expect(size).toBeLessThan(maxBytes * 1.2);
  expect(log.segmentCounts.deleted).toBeGreaterThan(0);
  const last = await parquet(join(folder, 'small', files.at(-1) as string));
  expect(last.at(-1)?.['request_id']).toBe('r59');
  expect(statSync(join(folder, 'small', files[0] as string)).mode & 0o077).toBe(0);
});

test('too much at once is dropped and counted; a share is kept', async () => {
  const log = await open('flood', { rate: 0.25, random: () => 0.2 });
  expect(log.chooses()).toBe(true);
  for (let i = 0; i < 60; i++) log.add(request(`r${i}`, 1000));
  expect(log.counts.dropped).toBe(10_000);
  await log.close();
  expect(log.counts.rows).toBe(50_000);
  const never = await open('flood', { rate: 0.25, random: () => 0.3 });
  expect(never.chooses()).toBe(false);
  await never.close();
});

test('regressions are measured; what waits too long goes', async () => {
  const { feedback } = home;
  const prediction = { row_index: 0, model: 'fare', version: 2, digest: 'd', task: 'regression' };
  await feedback.note([
    { ...prediction, request_id: 'f1', prediction: 10, at: now.getTime() },
    { ...prediction, request_id: 'f2', prediction: 20, at: now.getTime() },
  ]);
  const known = await feedback.predictionsOf([{ request_id: 'f1', row_index: 0 }]);
  expect([...known.values()]).toEqual([{ ...prediction, request_id: 'f1', prediction: 10, at: now.getTime() }]);
  await feedback.give([{ request_id: 'f1', row_index: 0, actual: 13, prediction: [...known.values()][0] }], 'local');
  await feedback.give([{ request_id: 'f2', row_index: 0, actual: 19 }], 'local');
  await feedback.give([{ request_id: 'lost', row_index: 0, actual: 1 }], 'local');
  expect(await feedback.join()).toBe(1);
  const { versions, pending } = await feedback.count();
  expect(versions).toEqual([
    {
      model: 'fare',
      version: 2,
      count: 2,
      correct: null,
      accuracy: null,
      absolute_error_sum: 4,
      mean_absolute_error: 2,
      root_mean_squared_error: Math.sqrt(5),
    },
  ]);
  expect(pending).toBe(1);
  now = new Date('2030-01-09T00:00:00Z');
  await feedback.clean();
  expect((await feedback.count()).pending).toBe(0);
});
