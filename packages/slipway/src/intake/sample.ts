import { extname } from 'node:path';
import { fromSaved, jsonRow, readSavedGoldens, rowAt, type Expected, type Original } from '@slipway/core/conversion';
import { fail } from '@slipway/core/errors';
import type { AnswerColumn } from '@slipway/core/package';
import { csvCell, CsvDecoder, parseJson, type Rows, type Scalar } from '@slipway/core/signature';
import { parseCsv } from './csv-table.ts';
import { readBytes } from './source.ts';

/** More rows of a sample than this prove no more. */
const mostRows = 1000;

/**
 * Rows of a user's file, with the original's answers where its columns hold them: `prediction`, `probabilities.yes` (or
 * `probability_yes`), `score`, … as in our own CSV answers. JSON lines may also be what `slipway_save.py` writes.
 */
export function readSample(path: string, rows: Rows, answer: readonly AnswerColumn[]): Original[] {
  const text = new TextDecoder().decode(readBytes(path));
  const kind = extname(path).toLowerCase();
  if (kind === '.csv') return fromCsv(text, rows, answer);
  if (kind === '.jsonl' || kind === '.ndjson' || kind === '.json') return fromJson(text, kind, rows, answer);
  throw fail('USAGE', {
    problem: `--sample cannot be ${JSON.stringify(kind || path)}.`,
    advice: 'Give a .csv or a .jsonl file.',
  });
}

function fromCsv(text: string, rows: Rows, answer: readonly AnswerColumn[]): Original[] {
  const table = parseCsv(text);
  const known = new Set(rows.signature.columns.map(({ name }) => name));
  const answers = table.header.map((name) => (known.has(name) ? undefined : columnNamed(name, answer)));
  const inputs = table.header.map((_, i) => i).filter((i) => !answers[i]);
  const line = (cells: readonly string[]) => `${inputs.map((i) => csvCell(cells[i] ?? '')).join(',')}\n`;
  const sample = table.rows.slice(0, mostRows);
  const decoder = new CsvDecoder(rows, { batchRows: mostRows, onBadRow: 'collect' });
  const bytes = new TextEncoder().encode([table.header, ...sample].map(line).join(''));
  const [batch] = [...decoder.push(bytes), ...decoder.end()];
  if (!batch) return [];
  return sample.flatMap((cells, i): Original[] => {
    const row = jsonRow(rows, rowAt(batch.tensors, i));
    const expected = answers.flatMap((column, at) =>
      column ? [place(column, cellValue(column, cells[at] ?? ''))] : [],
    );
    return row === undefined ? [] : [{ from: `row ${i + 1} of the sample`, row, expected }];
  });
}

function fromJson(text: string, kind: string, rows: Rows, answer: readonly AnswerColumn[]): Original[] {
  const documents: unknown[] = kind === '.json' ? asList(parseJson(text)) : linesOf(text);
  if (documents.every((document) => has(document, 'row') && has(document, 'outputs'))) {
    return fromSaved(
      rows.signature,
      readSavedGoldens(documents.map((document) => JSON.stringify(document)).join('\n')),
      false,
    );
  }
  return documents.slice(0, mostRows).map((document, i) => split(document, i, rows, answer));
}

/** A row object that has the answer's members beside its columns. */
function split(document: unknown, i: number, rows: Rows, answer: readonly AnswerColumn[]): Original {
  const from = `row ${i + 1} of the sample`;
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    return { from, row: document, expected: [] };
  const known = new Set(rows.signature.columns.map(({ name }) => name));
  const own: [string, unknown][] = [];
  const expected: Expected[] = [];
  const enter = (path: string, value: unknown): boolean => {
    const column = columnNamed(path, answer);
    if (column && isScalar(value)) return expected.push(place(column, value)) > 0;
    if (typeof value !== 'object' || value === null) return false;
    return Object.entries(value).filter(([key, inner]) => enter(`${path}.${key}`, inner)).length > 0;
  };
  for (const [key, value] of Object.entries(document)) {
    if (known.has(key) || !enter(key, value)) own.push([key, value]);
  }
  return { from, row: Object.fromEntries(own), expected };
}

function columnNamed(name: string, answer: readonly AnswerColumn[]): AnswerColumn | undefined {
  const alike = name.replace(/^probability_/, 'probabilities.').replace(/^(score|distance|prediction)_/, '$1.');
  return answer.find(
    (column) =>
      column.name === name || column.name === alike || column.name === alike.replace(/^(score|distance)\./, '$1s.'),
  );
}

function place({ output, at }: AnswerColumn, value: Scalar): Expected {
  return { output, at, value };
}

function cellValue({ type }: AnswerColumn, text: string): Scalar {
  if (type === 'string') return text;
  if (type === 'boolean') return /^(true|1)$/i.test(text);
  return text === '' ? NaN : Number(text);
}

function linesOf(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => parseJson(line));
}

function asList(document: unknown): unknown[] {
  return Array.isArray(document) ? document : [document];
}

function has(document: unknown, key: string): boolean {
  return typeof document === 'object' && document !== null && Object.hasOwn(document, key);
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
