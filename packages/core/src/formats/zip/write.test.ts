import { expect, test } from 'vitest';
import { portableInflate } from '../compression/index.ts';
import { readZip } from './index.ts';
import { writeZip } from './write.ts';

test('what is written is read again, names of any language included', () => {
  const files = new Map([
    ['slipway.json', new TextEncoder().encode('{}')],
    ['code/größe.py', Uint8Array.from({ length: 300 }, (_, i) => i)],
    ['empty', new Uint8Array()],
  ]);
  const archive = writeZip(files);
  const again = readZip(archive, portableInflate);
  expect(new Map([...again.entries].map(([name, entry]) => [name, entry.read()]))).toEqual(files);
  expect(writeZip(files)).toEqual(archive);
  expect(readZip(writeZip(new Map()), portableInflate).names).toEqual([]);
});
