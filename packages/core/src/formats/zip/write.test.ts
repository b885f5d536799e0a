import { deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { portableInflate } from '../compression/index.ts';
import { readZip } from './index.ts';
import { writeZip } from './write.ts';

test.for([
  { name: 'stored', deflate: undefined },
  { name: 'deflated', deflate: deflateRawSync },
])('what is written is read again, names of any language included: $name', ({ deflate }) => {
  const files = new Map([
    ['slipway.json', new TextEncoder().encode('{}')],
    ['code/größe.py', Uint8Array.from({ length: 3000 }, (_, i) => i % 7)],
    ['empty', new Uint8Array()],
  ]);
  const archive = writeZip(files, deflate);
  const again = readZip(archive, portableInflate);
  expect(new Map([...again.entries].map(([name, entry]) => [name, entry.read()]))).toEqual(files);
  expect(writeZip(files, deflate)).toEqual(archive);
  expect(archive.length < 1000).toBe(deflate !== undefined);
  expect(readZip(writeZip(new Map()), portableInflate).names).toEqual([]);
});
