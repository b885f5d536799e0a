import { csvCell, type Answers } from '../../signature/index.ts';

export type BatchFormat = 'json' | 'csv' | 'ndjson';

/** Answers of some rows; `first` is the position of their first row among the warnings. */
export interface AnsweredBlock {
  readonly answers: Answers;
  readonly count: number;
  readonly first: number;
  readonly warnings: ReadonlyMap<number, readonly string[]>;
}

/** Writes the answers of a batch, block by block. */
export function writeBatch(blocks: readonly AnsweredBlock[], format: BatchFormat): string | Iterable<string> {
  const parts = { json: jsonParts, csv: csvParts, ndjson: lineParts }[format](blocks);
  return blocks.length === 1 ? [...parts].join('') : parts;
}

function* jsonParts(blocks: readonly AnsweredBlock[]): Generator<string> {
  let separator = '[';
  for (const { answers, count, first, warnings } of blocks) {
    let text = '';
    for (let row = 0; row < count; row++) {
      text += separator + answers.json(row, warnings.get(first + row));
      separator = ',';
    }
    yield text;
  }
  yield separator === '[' ? '[]' : ']';
}

function* lineParts(blocks: readonly AnsweredBlock[]): Generator<string> {
  for (const { answers, count, first, warnings } of blocks) {
    let text = '';
    for (let row = 0; row < count; row++) text += `${answers.json(row, warnings.get(first + row))}\n`;
    yield text;
  }
}

function* csvParts(blocks: readonly AnsweredBlock[]): Generator<string> {
  const [head] = blocks;
  if (head) yield `${head.answers.csv.header.map(csvCell).join(',')}\n`;
  for (const { answers, count } of blocks) {
    const { csv } = answers;
    let text = '';
    for (let row = 0; row < count; row++) text += `${csv.line(row)}\n`;
    yield text;
  }
}
