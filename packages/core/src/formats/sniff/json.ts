import { latin1 } from '../text.ts';
import type { FileKind } from './kinds.ts';

/** Keys that tell models apart, at the top of their documents. */
const keys: readonly (readonly [key: string, kind: FileKind])[] = [
  ['learner', 'xgboost-json'],
  ['oblivious_trees', 'catboost-json'],
  ['trees', 'catboost-json'],
  ['model_info', 'catboost-json'],
  ['ctr_data', 'catboost-json'],
  ['tree_info', 'lightgbm-json'],
  ['class_name', 'keras-json'],
];

const LONGEST_KEY = 64;

/** Says what a JSON document is by the keys of its outer object; undefined when the bytes are not JSON. */
export function sniffJson(bytes: Uint8Array): FileKind | undefined {
  let start = 0;
  // A byte order mark and white space may come first.
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) start = 3;
  while (start < bytes.length && isSpace(bytes[start] as number)) start++;
  const first = bytes[start];
  if (first === 0x5b) return looksLikeJson(bytes, start) ? 'json' : undefined;
  if (first !== 0x7b || !looksLikeJson(bytes, start)) return undefined;
  for (const key of outerKeys(bytes, start)) {
    const known = keys.find(([name]) => name === key);
    if (known) return known[1];
  }
  return 'json';
}

/** After `{` comes a key or the end, after `[` a value or the end. */
function looksLikeJson(bytes: Uint8Array, start: number): boolean {
  let next = start + 1;
  while (next < bytes.length && isSpace(bytes[next] as number)) next++;
  if (next === bytes.length) return false;
  const character = String.fromCharCode(bytes[next] as number);
  return bytes[start] === 0x7b ? '"}'.includes(character) : '"[{]-0123456789tfn'.includes(character);
}

/** Keys of the outer object in their order, without parsing what they hold; stops where the text is no JSON. */
function* outerKeys(bytes: Uint8Array, start: number): IterableIterator<string> {
  let depth = 0;
  let isKey = true;
  for (let i = start; i < bytes.length; i++) {
    switch (bytes[i] as number) {
      case 0x22: {
        const end = endOfString(bytes, i + 1);
        if (end < 0) return;
        if (depth === 1 && isKey && end - i <= LONGEST_KEY) yield latin1(bytes, i + 1, end);
        isKey = false;
        i = end;
        break;
      }
      case 0x2c:
        isKey = true;
        break;
      case 0x7b:
      case 0x5b:
        depth++;
        isKey = true;
        break;
      case 0x7d:
      case 0x5d:
        if (--depth === 0) return;
        break;
    }
  }
}

function endOfString(bytes: Uint8Array, from: number): number {
  let end = bytes.indexOf(0x22, from);
  while (end > 0) {
    let slashes = 0;
    while (bytes[end - 1 - slashes] === 0x5c && end - 1 - slashes >= from) slashes++;
    if (slashes % 2 === 0) return end;
    end = bytes.indexOf(0x22, end + 1);
  }
  return -1;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 9 && byte <= 13);
}
