import { bindAnswers, MISSING, type AnswerValue, type Column } from '@slipway/core/signature';
import { sizeOf, type Tensor } from '@slipway/core/tensor';
import type { KeptRun } from '../telemetry/index.ts';

/** A row as it is kept: its cells by the rules of redaction, and its answer as JSON text. */
export interface KeptRow {
  readonly row: unknown;
  readonly answer: string;
  readonly prediction: AnswerValue | undefined;
}

type Hide = (column: string, cell: unknown) => unknown;
/** Larger tensors are kept as their shape. */
const MOST_ELEMENTS = 4096;

/** The rows of a run with their answers; only columns that the model declares. */
export function* keptRows(run: KeptRun, hide: Hide): Generator<KeptRow> {
  if ('answer' in run) {
    yield { row: declared(run, hide), answer: run.answer, prediction: predictionOf(run.answer) };
    return;
  }
  const { model, inputs, outputs, count } = run;
  const answers = bindAnswers(model.signature, outputs);
  for (let i = 0; i < count; i++) {
    const answer = answers.json(i);
    yield { row: rowOf(run, inputs, i, hide), answer, prediction: predictionOf(answer) };
  }
}

function predictionOf(answer: string): AnswerValue | undefined {
  return (JSON.parse(answer) as { prediction?: AnswerValue }).prediction;
}

/** A row as a client sent it. */
function declared({ model: { signature }, row }: KeptRun & { readonly row: unknown }, hide: Hide): unknown {
  const { form, columns } = signature;
  if (form === 'text') return hide(columns[0]?.name ?? 'text', row);
  if (Array.isArray(row)) return row.map((cell, i) => hide(columns[i]?.name ?? String(i), cell) ?? null);
  const given = row as Readonly<Record<string, unknown>>;
  return object(
    columns.filter(({ name }) => Object.hasOwn(given, name)),
    ({ name }) => hide(name, given[name]),
  );
}

/** A row from tensors: the same from every wire. */
function rowOf(
  { model: { signature } }: KeptRun,
  inputs: Readonly<Record<string, Tensor>>,
  i: number,
  hide: Hide,
): unknown {
  const { form, columns, tensors = [] } = signature;
  const used = columns.filter(({ name }) => Object.hasOwn(inputs, name));
  switch (form) {
    case 'table':
      return object(used, (column) => hide(column.name, cellOf(column, inputs[column.name], i)));
    case 'array': {
      const [matrix] = Object.values(inputs);
      const isMatrix = used.length === 0 && matrix !== undefined;
      return columns.map((column, k) => {
        const cell = isMatrix ? plain(matrix.data[i * columns.length + k]) : cellOf(column, inputs[column.name], i);
        return hide(column.name, cell) ?? null;
      });
    }
    case 'text': {
      const [text] = Object.values(inputs);
      return hide(columns[0]?.name ?? 'text', text?.dtype === 'string' ? (text.data[i] ?? null) : null);
    }
    case 'tensors':
      return Object.fromEntries(
        tensors
          .map(({ name }) => [name, hide(name, piece(inputs[name], i))] as const)
          .filter(([, cell]) => cell !== undefined),
      );
  }
}

function object(columns: readonly Column[], cell: (column: Column) => unknown): Record<string, unknown> {
  const result: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const column of columns) {
    const value = cell(column);
    if (value !== undefined) result[column.name] = value;
  }
  return result;
}

function cellOf({ type }: Column, tensor: Tensor | undefined, i: number): unknown {
  const value = plain(tensor?.data[i]);
  return type === 'boolean' && typeof value === 'number' ? value !== 0 : value;
}

/** One row of a tensor, flat. */
function piece(tensor: Tensor | undefined, i: number): unknown {
  if (!tensor) return null;
  const shape = tensor.shape.slice(1);
  const size = sizeOf(shape);
  if (size > MOST_ELEMENTS) return { shape };
  return { shape, data: Array.from({ length: size }, (_, k) => plain(tensor.data[i * size + k])) };
}

/** A JSON value: what is missing or no number is null, large integers are text. */
function plain(value: string | number | bigint | undefined): string | number | null {
  if (value === undefined || value === MISSING) return null;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  return typeof value === 'number' && !Number.isFinite(value) ? null : value;
}
