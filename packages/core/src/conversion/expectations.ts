import type { AnswerColumn } from '../package/index.ts';
import type { Scalar, Signature } from '../signature/index.ts';
import type { Tensor } from '../tensor/index.ts';
import type { SavedGolden } from './saved.ts';

/** What the original answered at one place of an output. Labels are labels, whatever the graph holds. */
export interface Expected {
  readonly output: string;
  /** Position in the row's part of the output. */
  readonly at: number;
  readonly value: Scalar;
}

/** A row with the original's own answers. */
export interface Original {
  /** Where it came from, for messages: `row 3 of goldens.jsonl`. */
  readonly from: string;
  readonly row: unknown;
  readonly expected: readonly Expected[];
  /** The original refused this row, with this message. */
  readonly refused?: string | undefined;
}

/** What `slipway_save.py` recorded, keyed by method, as places in outputs. */
export function fromSaved(signature: Signature, goldens: readonly SavedGolden[], hasOwnThreshold: boolean): Original[] {
  const methods = Object.entries(signature.outputs.methods ?? {}).filter(
    // With another threshold the labels are meant to differ.
    ([method]) => !(hasOwnThreshold && method === 'predict'),
  );
  return goldens.map(({ row, outputs, errors = {} }, i) => {
    const expected = methods.flatMap(([method, output]) => {
      const answer = outputs[method];
      return answer === undefined
        ? []
        : flatten(answer).map((value, at) => ({ output, at, value: labelOf(signature, output, value) }));
    });
    const messages = Object.values(errors);
    const refused = expected.length === 0 && messages.length > 0 ? messages[0] : undefined;
    return {
      from: `row ${i + 1} of goldens.jsonl`,
      row: numbersIn(signature, row),
      expected,
      ...(refused === undefined ? {} : { refused }),
    };
  });
}

/** JSON has no infinities: in rows they are written as words, which must not meet columns of text. */
function numbersIn({ columns }: Signature, row: unknown): unknown {
  const read = (cell: unknown, i: number) => (columns[i]?.type === 'string' ? cell : (infinities.get(cell) ?? cell));
  if (Array.isArray(row)) return row.map(read);
  if (typeof row !== 'object' || row === null) return row;
  const positions = new Map(columns.map(({ name }, i) => [name, i]));
  return Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, read(cell, positions.get(name) ?? -1)]));
}

const infinities: ReadonlyMap<unknown, number> = new Map([
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
]);

/** A class that a LabelEncoder beside the model names: the model itself answers its position. */
function labelOf({ outputs, classes }: Signature, output: string, value: Scalar): Scalar {
  const isPosition =
    output === outputs.label && typeof value === 'number' && classes?.every((label) => typeof label === 'string');
  return isPosition ? (classes?.[value] ?? value) : value;
}

function flatten(answer: unknown): Scalar[] {
  if (Array.isArray(answer)) return answer.flatMap(flatten);
  // A ZipMap answers {label: probability}, in the order of the classes.
  if (typeof answer === 'object' && answer !== null) return Object.values(answer).flatMap(flatten);
  const special = answer === 'NaN' ? NaN : infinities.get(answer);
  return [special ?? (answer as Scalar)];
}

/** What the graph answered at a place, labels as labels. */
export function valueAt(
  answer: readonly AnswerColumn[],
  outputs: Readonly<Record<string, Tensor>>,
  row: number,
  place: Expected,
): unknown {
  const tensor = outputs[place.output];
  if (!tensor) return undefined;
  const width = tensor.shape[0] ? tensor.data.length / tensor.shape[0] : 1;
  if (place.at >= width) return undefined;
  const raw = tensor.data[row * width + place.at];
  const value = typeof raw === 'bigint' ? Number(raw) : raw;
  const { labels } = answer.find(({ output, at }) => output === place.output && at === place.at) ?? {};
  return labels ? labels[value as number] : value;
}
