import { fail } from '../../errors/index.ts';
import { readArrowStream, writeArrowStream, type ArrowColumn, type ArrowTable } from '../../formats/arrow/index.ts';
import {
  bindAnswers,
  decodeColumns,
  type AnswerCell,
  type Answers,
  type ColumnData,
  type Decoded,
} from '../../signature/index.ts';
import { modelReply } from '../inference/answers.ts';
import { castTo } from '../inference/cast.ts';
import { runRows, type Tensors } from '../inference/run.ts';
import { preferred } from '../media-type.ts';
import type { Call, Reply, Servable } from '../protocol.ts';
import { writeBatch } from './write-batch.ts';

export const ARROW_TYPE = 'application/vnd.apache.arrow.stream';
const FORMATS = { json: 'application/json', csv: 'text/csv', ndjson: 'application/x-ndjson' } as const;

/** A table as an Arrow IPC stream; answered as one, unless Accept prefers another format. */
export async function answerArrow(call: Call, model: Servable): Promise<Reply> {
  const table = readArrowStream(call.body);
  const { rows, warnings } = decodeTable(model, table);
  const outputs = declared(model, await runRows(model, rows, call.signal));
  const answers = bindAnswers(model.signature, outputs);
  const more = warnings.flatMap((warning) => ['x-slipway-warning', warning.replaceAll(/[^\x20-\x7e]/g, '?')]);
  const type = preferred(call.header('accept'), [ARROW_TYPE, ...Object.values(FORMATS)]);
  if (type !== ARROW_TYPE) {
    const format = (Object.keys(FORMATS) as (keyof typeof FORMATS)[]).find((name) => FORMATS[name] === type) ?? 'json';
    const block = { answers, count: rows.count, first: 0, warnings: rows.warnings };
    return modelReply(model, writeBatch([block], format), type, more);
  }
  return modelReply(model, writeArrowStream(columnsOf(answers, rows), rows.count), ARROW_TYPE, more);
}

/** Outputs in their declared dtypes, so that a column has the same type for one row and for many. */
function declared({ outputs: specs }: Servable, outputs: Tensors): Tensors {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, one]) => {
      const spec = specs.find((known) => known.name === name);
      return [name, spec ? castTo(spec.dtype, one) : one];
    }),
  );
}

/** Tables may carry extra columns, as files do; models without column names take the columns in their order. */
function decodeTable(model: Servable, { columns, count }: ArrowTable): { rows: Decoded; warnings: readonly string[] } {
  const { layout } = model.rows;
  if (!layout) {
    const specs = model.signature.tensors ?? [];
    if (specs.some(({ shape }) => shape.length > 0))
      throw fail('INVALID_INPUT', { problem: 'This model takes tensors, which columns cannot hold; send JSON.' });
    const named = Object.fromEntries(columns.map(({ name, values }) => [name, Array.from(values)]));
    return { rows: model.rows.decode(named, { extra: 'ignore' }), warnings: [] };
  }
  const names = new Set(layout.cells.map(({ name }) => name));
  const isNamed = model.signature.form === 'table' || columns.some(({ name }) => names.has(name));
  if (!isNamed && columns.length !== layout.cells.length) {
    const problem = `The model takes ${layout.cells.length} columns, this table has ${columns.length}.`;
    throw fail('INVALID_INPUT', { problem });
  }
  const given = new Map<string, ColumnData>();
  const extra: string[] = [];
  columns.forEach(({ name, values }, i) => {
    const own = isNamed ? name : (layout.cells[i]?.name ?? name);
    if (given.has(own)) throw fail('INVALID_INPUT', { problem: `The column ${JSON.stringify(name)} is there twice.` });
    if (names.has(own)) given.set(own, { values, offset: 0, stride: 1 });
    else extra.push(name);
  });
  const list = extra
    .slice(0, 10)
    .map((name) => JSON.stringify(name))
    .join(', ');
  const told = `The table has ${extra.length === 1 ? 'a column' : 'columns'} that the model does not use: ${list}.`;
  return { rows: decodeColumns(model.rows, given, count, { extra: 'ignore' }), warnings: extra.length ? [told] : [] };
}

/** One column a cell of the answer; NaN stays NaN, and int64 keeps every digit. */
function columnsOf(answers: Answers, { count, warnings }: Decoded): ArrowColumn[] {
  const columns = answers.cells.map((cell) => columnOf(cell, count));
  if (warnings.size === 0) return columns;
  const values = Array.from({ length: count }, (_, row) => warnings.get(row)?.join('; ') ?? null);
  return [...columns, { name: 'warnings', type: 'utf8', values }];
}

function columnOf(cell: AnswerCell, count: number): ArrowColumn {
  const { name } = cell;
  const rows = <T>(read: (row: number) => T): T[] => Array.from({ length: count }, (_, row) => read(row));
  switch (cell.kind) {
    case 'number':
      return { name, type: 'float64', values: Float64Array.from(rows(cell.read)) };
    case 'integer':
      return { name, type: 'int64', values: BigInt64Array.from(rows(cell.read)) };
    case 'boolean':
      return { name, type: 'bool', values: rows(cell.read) };
    case 'string':
      return { name, type: 'utf8', values: rows(cell.read) };
    case 'choice': {
      const { values, read } = cell;
      const chosen = rows((row) => values[read(row)] ?? null);
      if (values.every((value) => typeof value === 'boolean'))
        return { name, type: 'bool', values: chosen.map(Boolean) };
      if (values.every((value) => typeof value === 'number' && Number.isInteger(value)))
        return { name, type: 'int64', values: BigInt64Array.from(chosen, (value) => BigInt(value as number)) };
      if (values.every((value) => typeof value === 'number'))
        return { name, type: 'float64', values: Float64Array.from(chosen, Number) };
      return { name, type: 'utf8', values: chosen.map((value) => (value === null ? null : String(value))) };
    }
  }
}
