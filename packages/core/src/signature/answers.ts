import { answerShape, type Outputs, type Shape } from './answer-shape.ts';
import { jsonWriter } from './answer-json.ts';
import { cellWriters, leavesOf, type CsvAnswer, type Leaf } from './answer-csv.ts';
import type { Scalar, Signature } from './signature.ts';

/** Any JSON value of an answer. */
export type AnswerValue = Scalar | null | readonly AnswerValue[] | { readonly [key: string]: AnswerValue };

/** One answer: `prediction`, `probabilities`, … and `warnings` when there are any. */
export interface Answer {
  readonly [key: string]: AnswerValue;
}

/** Answers over one set of output tensors. The tensors may be filled anew between calls, as the compiled row form does. */
export interface Answers {
  /** JSON text of the answer of row i, without intermediate objects. */
  json(row: number, warnings?: readonly string[]): string;
  value(row: number, warnings?: readonly string[]): Answer;
  /** Column names and cells for CSV: the path of each leaf, `probabilities.Yes`. */
  readonly csv: CsvAnswer;
  /** The same cells with their types, for columnar formats. */
  readonly cells: readonly AnswerCell[];
}

/** A cell of every answer, by its path. */
export type AnswerCell = Leaf & { readonly name: string };

/** Compiles the answers of a signature over its output tensors. */
export function bindAnswers(signature: Signature, outputs: Outputs): Answers {
  const shape = answerShape(signature, outputs);
  const json = jsonWriter(shape);
  let csv: CsvAnswer | undefined;
  return {
    json(row, warnings) {
      const text = json.write(row);
      if (json.oddNumbers === 0 && warnings === undefined) return text;
      const told = [...(warnings ?? []), ...(json.oddNumbers > 0 ? notFinite(shape, row) : [])];
      json.oddNumbers = 0;
      return told.length ? `${text.slice(0, -1)},"warnings":${JSON.stringify(told)}}` : text;
    },
    value(row, warnings) {
      const told = [...(warnings ?? []), ...notFinite(shape, row)];
      const answer = valueOf(shape, row) as { [key: string]: AnswerValue };
      return told.length ? { ...answer, warnings: told } : answer;
    },
    get cells() {
      const { header, leaves } = leavesOf(shape);
      return leaves.map((leaf, i) => ({ ...leaf, name: header[i] as string }));
    },
    get csv() {
      return (csv ??= cellWriters(shape));
    },
  };
}

function valueOf(shape: Shape, row: number): AnswerValue {
  switch (shape.kind) {
    case 'object': {
      const entries = shape.members.map(([key, value]) => [key, valueOf(value, row)] as const);
      return Object.fromEntries(entries);
    }
    case 'array':
      return shape.items.map((item) => valueOf(item, row));
    case 'number': {
      const value = shape.read(row);
      return Number.isFinite(value) ? value + 0 : null; // + 0: JSON has no -0 either
    }
    case 'choice':
      return shape.values[shape.read(row)] ?? null;
    case 'integer':
      return exactInteger(shape.read(row));
    default:
      return shape.read(row);
  }
}

/** A number where JSON readers keep every digit, else a string. */
export function exactInteger(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

/** `probabilities.Yes: the model answered NaN, which JSON cannot hold; null stands for it` */
function notFinite(shape: Shape, row: number, path = ''): string[] {
  if (shape.kind === 'object')
    return shape.members.flatMap(([key, value]) => notFinite(value, row, path === '' ? key : `${path}.${key}`));
  if (shape.kind === 'array') return shape.items.flatMap((item, i) => notFinite(item, row, `${path}[${i}]`));
  if (shape.kind !== 'number') return [];
  const value = shape.read(row);
  return Number.isFinite(value)
    ? []
    : [`${path}: the model answered ${value}, which JSON cannot hold; null stands for it`];
}
