import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GoldenRow } from '../test/fixtures.ts';

export type RowKind = 'numbers' | 'counts' | 'table' | 'text';

const width = 20;

/** The rows that `family_session.py train` wrote, as its models take them. */
export function familyRows(folder: string, kind: RowKind): GoldenRow[] {
  if (kind === 'text') return JSON.parse(readFileSync(join(folder, 'texts.json'), 'utf8')) as string[];
  if (kind === 'table') return readTable(join(folder, 'table.csv'));
  const { buffer, byteOffset, byteLength } = readFileSync(join(folder, 'numbers.bin'));
  const numbers = new Float64Array(buffer.slice(byteOffset, byteOffset + byteLength));
  const cells = kind === 'counts' ? numbers.map((x) => Math.floor(Math.abs(x) * 3)) : numbers;
  return Array.from({ length: cells.length / width }, (_, at) =>
    Array.from(cells.subarray(at * width, (at + 1) * width)),
  );
}

/** The benchmark's own CSV: no quotes; an empty cell is missing. At most `most` rows, of about 100 bytes each. */
export function readTable(path: string, most = 1_000_000): Record<string, string | number | null>[] {
  const [head = '', ...lines] = readFileSync(path, 'utf8')
    .slice(0, most * 100)
    .split('\n', most + 1);
  const names = head.split(',');
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const cells = line
        .split(',')
        .map((cell) => (cell === '' ? null : Number.isNaN(Number(cell)) ? cell : Number(cell)));
      return Object.fromEntries(names.map((name, at) => [name, cells[at] ?? null]));
    });
}
