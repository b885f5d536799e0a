import type { Shape } from './answer-shape.ts';
import { cellWriter, writeCells, type CellWriter } from './answer-csv-bytes.ts';

/** Answers as lines of a CSV file (RFC 4180); what JSON writes as null is an empty cell. */
export interface CsvAnswer {
  readonly header: readonly string[];
  /** One line without its end. */
  line(row: number): string;
  /** The first `count` lines with their ends, in UTF-8: what `line` gives, several times faster where numbers are fractions. */
  bytes(count: number): Uint8Array;
}

/** A part of an answer that is one cell. */
export type Leaf = Exclude<Shape, { kind: 'object' | 'array' }>;

/** The parts of an answer that are cells, each with its path: `probabilities.Yes`. */
export function leavesOf(shape: Shape): { readonly header: readonly string[]; readonly leaves: readonly Leaf[] } {
  const header: string[] = [];
  const leaves: Leaf[] = [];
  collect(shape, '', header, leaves);
  return { header, leaves };
}

export function cellWriters(shape: Shape): CsvAnswer {
  const { header, leaves } = leavesOf(shape);
  const cells = leaves.map(leafText);
  const [first = () => '', ...others] = cells;
  let writers: readonly CellWriter[] | undefined;
  return {
    header,
    bytes: (count) =>
      writeCells((writers ??= leaves.map((leaf, i) => cellWriter(leaf, cells[i] as (row: number) => string))), count),
    line(row) {
      let text = first(row);
      for (const cell of others) text += `,${cell(row)}`;
      return text;
    },
  };
}

/** A cell as it stands in a CSV file: quoted where it has to be. */
export function csvCell(text: string): string {
  return /[",\r\n]/.test(text) || text.trim() !== text ? `"${text.replaceAll('"', '""')}"` : text;
}

function collect(shape: Shape, path: string, header: string[], leaves: Leaf[]): void {
  const inside = (key: string): string => (path === '' ? key : `${path}.${key}`);
  if (shape.kind === 'object') {
    for (const [key, value] of shape.members) collect(value, inside(key), header, leaves);
  } else if (shape.kind === 'array') {
    shape.items.forEach((item, i) => collect(item, inside(String(i)), header, leaves));
  } else {
    header.push(path);
    leaves.push(shape);
  }
}

function leafText(shape: Leaf): (row: number) => string {
  if (shape.kind === 'number') {
    const { read } = shape;
    return (row) => finite(read(row));
  }
  if (shape.kind === 'choice') {
    const texts = shape.values.map((value) => csvCell(String(value)));
    const { read } = shape;
    return (row) => texts[read(row)] ?? '';
  }
  if (shape.kind === 'string') return labels(shape.read);
  const { read } = shape;
  return (row) => String(read(row));
}

/** Labels repeat: the cell of the last one is kept. */
function labels(read: (row: number) => string): (row: number) => string {
  let last = '';
  let cell = csvCell(last);
  return (row) => {
    const text = read(row);
    if (text !== last) cell = csvCell((last = text));
    return cell;
  };
}

function finite(value: number): string {
  return value - value === 0 ? String(value) : '';
}
