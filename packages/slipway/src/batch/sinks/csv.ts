import { cellWriter, csvCell, writeCells, type AnswerCell, type CellWriter } from '@slipway/core/signature';
import type { Answered, OutputColumn, Sink } from './sink.ts';
import { textOf } from './values.ts';

/** CSV (RFC 4180), the first line names the columns. */
export const csv: Sink = {
  start: (columns) => Buffer.from(`${columns.map(({ name }) => csvCell(name)).join(',')}\n`),
  open(columns) {
    const parts: Uint8Array[] = [];
    return {
      add: (rows) => void parts.push(writeCells(writersOf(columns, rows), rows.count)),
      finish: () => ({ bytes: Buffer.concat(parts), about: null }),
    };
  },
  end: () => new Uint8Array(),
};

function writersOf(columns: readonly OutputColumn[], { kept, cells }: Answered): CellWriter[] {
  let [input, answer] = [0, 0];
  return columns.map(({ from }) => {
    if (from === 'answer') {
      const cell = cells[answer++] as AnswerCell;
      return cellWriter(cell, textReader(cell));
    }
    const values = kept[input++] as ArrayLike<unknown>;
    return cellWriter({ kind: 'string', read: String }, (row) => csvCell(textOf(values[row])));
  });
}

function textReader(cell: AnswerCell): (row: number) => string {
  if (cell.kind === 'choice') {
    const texts = cell.values.map((value) => csvCell(String(value)));
    return (row) => texts[cell.read(row)] ?? '';
  }
  if (cell.kind === 'number')
    return (row) => {
      const value = cell.read(row);
      return Number.isFinite(value) ? String(value) : '';
    };
  return (row) => csvCell(String(cell.read(row)));
}
