import type { AnswerCell } from '@slipway/core/signature';
import type { Answered, OutputColumn, Sink } from './sink.ts';
import { jsonOf, timeOf } from './values.ts';

/** JSON lines: the kept columns, then the answer in its own nested form. */
export const jsonl: Sink = lines((columns, rows) => {
  const names = columns.filter(({ from }) => from === 'input').map(({ name }) => `${JSON.stringify(name)}:`);
  const answers = columns.filter(({ from }) => from === 'answer');
  return (row) => {
    const kept = names.map((name, i) => name + jsonOf(rows.kept[i]?.[row]));
    const whole = rows.json(row);
    // Only some of the answer is wanted: then it is flat, as it would be in a table.
    const answer =
      rows.cells.length === rows.all
        ? whole.slice(1, -1)
        : answers.map(({ name }, i) => `${JSON.stringify(name)}:${cellJson(rows.cells[i] as AnswerCell, row)}`).join();
    return `{${[...kept, ...(answer === '' ? [] : [answer])].join()}}\n`;
  };
});

/** An array of cells a line, for a database. */
export const flat: Sink = lines((columns, { kept, cells }) => {
  return (row) => {
    let [input, answer] = [0, 0];
    const values = columns.map(({ from }) =>
      from === 'input' ? jsonOf(plain(kept[input++]?.[row])) : cellJson(cells[answer++] as AnswerCell, row),
    );
    return `[${values.join()}]\n`;
  };
});

function lines(lineOf: (columns: readonly OutputColumn[], rows: Answered) => (row: number) => string): Sink {
  return {
    start: () => new Uint8Array(),
    open(columns) {
      const parts: Uint8Array[] = [];
      return {
        add(rows) {
          const line = lineOf(columns, rows);
          let text = '';
          for (let row = 0; row < rows.count; row++) text += line(row);
          parts.push(Buffer.from(text));
        },
        finish: () => ({ bytes: Buffer.concat(parts), about: null }),
      };
    },
    end: () => new Uint8Array(),
  };
}

function plain(value: unknown): unknown {
  return value instanceof Date ? timeOf(value) : value;
}

function cellJson(cell: AnswerCell, row: number): string {
  if (cell.kind === 'choice') return jsonOf(cell.values[cell.read(row)] ?? null);
  return jsonOf(cell.read(row));
}
