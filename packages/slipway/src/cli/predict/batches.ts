import { fail, SlipwayError } from '@slipway/core/errors';
import { CsvDecoder, JsonlDecoder, parseJson, type Decoded, type Rejected, type Rows } from '@slipway/core/signature';
import { sliceRows, type Tensor } from '@slipway/core/tensor';
import type { InputKind } from './input.ts';
import { PAUSE, withPauses } from './pauses.ts';

/** Some rows as the graph takes them. */
export interface Batch {
  readonly count: number;
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly warnings: ReadonlyMap<number, readonly string[]>;
  /** The input was one row alone. */
  readonly single: boolean;
}

export interface BatchOptions {
  readonly extra: 'refuse' | 'ignore';
  /** Told of rows that are left out; without it the first bad row is an error. */
  readonly onReject: ((rejected: Rejected) => void) | undefined;
  /** Told once about the file as a whole. */
  readonly onWarning: (text: string) => void;
}

/** A JSON document is read whole; beyond this, lines are the form for it. */
const mostJsonBytes = 256 * 2 ** 20;

/** Reads rows of a file in batches; row by row for a graph that takes one at a time. */
export function readBatches(
  kind: InputKind,
  chunks: AsyncIterable<Uint8Array>,
  rows: Rows,
  options: BatchOptions,
): AsyncGenerator<Batch> {
  const read = { json: fromDocument, picture: fromPicture, jsonl: fromLines('jsonl'), csv: fromLines('csv') }[kind];
  const batches = read(chunks, rows, options);
  return rows.signature.oneByOne ? oneByOne(batches) : batches;
}

async function* oneByOne(batches: AsyncIterable<Batch>): AsyncGenerator<Batch> {
  for await (const { count, tensors, warnings, single } of batches) {
    for (let row = 0; row < count; row++) {
      const told = warnings.get(row);
      yield {
        count: 1,
        tensors: sliceRows(tensors, row, row + 1),
        warnings: told ? new Map([[0, told]]) : new Map(),
        single,
      };
    }
  }
}

type Read = (chunks: AsyncIterable<Uint8Array>, rows: Rows, options: BatchOptions) => AsyncGenerator<Batch>;

function fromLines(kind: 'jsonl' | 'csv'): Read {
  return (chunks, rows, options) =>
    kind === 'jsonl' && !rows.layout
      ? fromTensorLines(chunks, rows, options)
      : fromTableLines(kind, chunks, rows, options);
}

/** A row of tensors or a picture a line. */
async function* fromTensorLines(
  chunks: AsyncIterable<Uint8Array>,
  rows: Rows,
  options: BatchOptions,
): AsyncGenerator<Batch> {
  const { default: readline } = await import('node:readline');
  const { Readable } = await import('node:stream');
  let row = 0;
  for await (const line of readline.createInterface({ input: Readable.from(chunks), crlfDelay: Infinity })) {
    if (line.trim() === '') continue;
    const decoded = options.onReject
      ? attempt(rows, parseJson(line), row, options)
      : rows.parse(`[${line}]`, { extra: options.extra });
    row++;
    if (decoded) yield { ...toBatch(decoded), single: false };
  }
}

/** The bytes of a picture file as one row. */
async function* fromPicture(chunks: AsyncIterable<Uint8Array>, rows: Rows): AsyncGenerator<Batch> {
  if (!rows.signature.tensors?.some(({ image }) => image)) {
    const hint = 'Import the model with --image to attach the preprocessing of its pictures.';
    throw fail('INVALID_INPUT', { problem: 'This model does not take pictures.' }, { hint });
  }
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  const bytes = Buffer.concat(parts);
  yield toBatch(rows.decode(bytes.toString('base64')));
}

async function* fromTableLines(
  kind: 'jsonl' | 'csv',
  chunks: AsyncIterable<Uint8Array>,
  rows: Rows,
  options: BatchOptions,
): AsyncGenerator<Batch> {
  const Decoder = kind === 'csv' ? CsvDecoder : JsonlDecoder;
  const decoder = new Decoder(rows, { onBadRow: options.onReject ?? 'stop' });
  let told = 0;
  const tell = () => {
    for (; told < decoder.warnings.length; told++) options.onWarning(decoder.warnings[told] as string);
  };
  for await (const chunk of withPauses(chunks)) {
    // Whoever writes a row and waits for its answer gets it, although no batch is full.
    const batches = chunk === PAUSE ? decoder.pause() : decoder.push(chunk);
    for (const batch of batches) yield { ...batch, single: false };
    tell();
  }
  for (const batch of decoder.end()) yield { ...batch, single: false };
  tell();
}

async function* fromDocument(
  chunks: AsyncIterable<Uint8Array>,
  rows: Rows,
  options: BatchOptions,
): AsyncGenerator<Batch> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    size += chunk.byteLength;
    if (size > mostJsonBytes) {
      const hint = 'Write one row a line instead (JSON lines), which is read piece by piece: --input rows.jsonl';
      throw fail('TOO_LARGE', { what: 'The JSON document', limit: '256 MiB' }, { hint });
    }
  }
  const text = decode(Buffer.concat(parts, size));
  if (!options.onReject) {
    yield toBatch(rows.parse(text, { extra: options.extra }));
    return;
  }
  const document = parseJson(text);
  const all = rows.isRow(document) || !Array.isArray(document) ? [document] : (document as unknown[]);
  for (const [row, one] of all.entries()) {
    const decoded = attempt(rows, one, row, options);
    if (decoded) yield toBatch(decoded);
  }
}

/** One row by itself: a bad one must not take others with it. */
function attempt(rows: Rows, row: unknown, at: number, { extra, onReject }: BatchOptions): Decoded | undefined {
  try {
    return rows.decode([row], { extra });
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    const told = new SlipwayError(error.code, error.message.replaceAll('rows[0]', `rows[${at}]`), error.hint, {
      cause: error,
    });
    onReject?.({ row: at, line: at + 1, error: told, kept: [] });
    return undefined;
  }
}

function toBatch({ count, tensors, warnings, single }: Decoded): Batch {
  return { count, tensors, warnings, single };
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw fail('INVALID_JSON', { problem: 'it is not UTF-8 text.' }, { cause });
  }
}
