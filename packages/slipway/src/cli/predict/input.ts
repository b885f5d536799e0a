import { createReadStream, statSync } from 'node:fs';
import { extname } from 'node:path';
import { fail } from '@slipway/core/errors';

export type InputKind = 'json' | 'jsonl' | 'csv' | 'picture';

const byExtension: Readonly<Record<string, InputKind>> = {
  '.json': 'json',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.csv': 'csv',
  '.png': 'picture',
  '.jpg': 'picture',
  '.jpeg': 'picture',
};
const chunkBytes = 2 ** 20;
/** So much is looked at to tell JSON from JSON lines. */
const peekBytes = 2 ** 20;

/** The bytes of a file, or of stdin for `-`. */
export function openInput(path: string): AsyncIterable<Uint8Array> {
  if (path === '-') return process.stdin;
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) throw fail('FILE_NOT_FOUND', { path });
  if (stat.isDirectory())
    throw fail('USAGE', { problem: `${path} is a folder.`, advice: 'Give a .json, .jsonl or .csv file.' });
  const extension = extname(path).toLowerCase();
  if (['.parquet', '.arrow', '.feather', '.xlsx'].includes(extension)) {
    throw fail('UNSUPPORTED_FORMAT', {
      what: `${extension} as rows`,
      why: 'this version reads JSON, JSON lines and CSV.',
      advice: 'Convert it, for example with pandas: frame.to_csv("rows.csv", index=False).',
    });
  }
  return createReadStream(path, { highWaterMark: chunkBytes });
}

/**
 * The format by what the user said, by extension, or by the first bytes; with the bytes that were read to tell.
 * `textColumn`: see {@link kindOf}.
 */
export async function detectInput(
  chunks: AsyncIterable<Uint8Array>,
  path: string,
  told: InputKind | undefined,
  textColumn?: string,
): Promise<{ readonly kind: InputKind; readonly chunks: AsyncIterable<Uint8Array> }> {
  const known = told ?? byExtension[extname(path).toLowerCase()];
  if (known) return { kind: known, chunks };
  const iterator = chunks[Symbol.asyncIterator]();
  const head: Uint8Array[] = [];
  let size = 0;
  let isDone = false;
  let text = '';
  const utf8 = new TextDecoder();
  // Something behind the first line, or enough bytes, decides: one row alone is a document, several are lines.
  while (size < peekBytes && !/^\s*[^\s[{"]|\S[^\n]*\n\s*\S/.test(text)) {
    const next = await iterator.next();
    if (next.done) {
      isDone = true;
      break;
    }
    head.push(next.value);
    size += next.value.byteLength;
    text += utf8.decode(next.value, { stream: true });
  }
  const rest = { [Symbol.asyncIterator]: () => iterator };
  return { kind: kindOf(text, isDone, textColumn), chunks: chain(head, rest) };
}

/**
 * Tells the format of text by its beginning. `isWhole`: there is no more than this.
 *
 * Rows of a model for text are strings: `textColumn`, the name of its column, tells them from the first line of a CSV file.
 */
export function kindOf(text: string, isWhole: boolean, textColumn?: string): InputKind {
  const start = text.trimStart();
  const end = start.search(/\r?\n/);
  const firstLine = end < 0 ? start : start.slice(0, end);
  const isText = textColumn !== undefined && start.startsWith('"');
  if (isText && (!isJson(firstLine) || JSON.parse(firstLine) === textColumn)) return 'csv';
  if (!isText && !/^[[{]/.test(start)) return 'csv';
  if (!isJson(firstLine)) return 'json';
  const more = end < 0 ? '' : start.slice(end).trim();
  // One complete line: alone it is a document, and so is a list of rows (`[{…}]`); with others below it is one of many.
  if (more === '' && isWhole) return 'json';
  return more === '' && start.startsWith('[') ? 'json' : 'jsonl';
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

async function* chain(head: readonly Uint8Array[], rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* head;
  yield* rest;
}
