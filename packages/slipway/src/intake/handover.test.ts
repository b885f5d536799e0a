import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { receiveFiles } from './handover.ts';

const sizes = [
  ['a', 3],
  ['empty', 0],
  ['b', 4],
] as const;
const whole = new Map([
  ['a', Uint8Array.of(1, 2, 3)],
  ['empty', new Uint8Array(0)],
  ['b', Uint8Array.of(4, 5, 6, 7)],
]);

test.for([
  { name: 'at once', chunks: [[1, 2, 3, 4, 5, 6, 7]], before: 0 },
  { name: 'byte by byte', chunks: [[1], [2], [3], [4], [5], [6], [7]], before: 0 },
  {
    name: 'before their sizes',
    chunks: [
      [1, 2],
      [3, 4, 5, 6, 7],
    ],
    before: 2,
  },
  {
    name: 'before and after their sizes',
    chunks: [
      [1, 2],
      [3, 4, 5],
      [6, 7],
    ],
    before: 1,
  },
])('files come $name', async ({ chunks, before }) => {
  const pipe = new PassThrough();
  const receive = receiveFiles(pipe);
  const parts = chunks.map((chunk) => Uint8Array.from(chunk));
  for (const part of parts.slice(0, before)) pipe.write(part);
  if (before) await new Promise((resolve) => setImmediate(resolve));
  const files = new Promise((resolve) => receive(sizes, resolve));
  for (const part of parts.slice(before)) pipe.write(part);
  expect(await files).toEqual(whole);
});

test('nothing but empty files needs no byte', () => {
  let files: ReadonlyMap<string, Uint8Array> | undefined;
  receiveFiles(new PassThrough())([['empty', 0]], (all) => (files = all));
  expect(files).toEqual(new Map([['empty', new Uint8Array(0)]]));
});

test('files that are cut off are never given', async () => {
  const pipe = new PassThrough();
  let isDone = false;
  receiveFiles(pipe)(sizes, () => (isDone = true));
  pipe.end(Uint8Array.of(1, 2, 3, 4, 5, 6));
  await new Promise((resolve) => pipe.once('end', resolve));
  expect(isDone).toBe(false);
});
