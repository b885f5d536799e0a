import { fail } from '../../errors/index.ts';
import type { Limits } from '../limits/index.ts';
import { latin1, utf8 } from '../text.ts';

const END = 0x06054b50;
const END_SIZE = 22;
const LONGEST_COMMENT = 65_535;
const END64 = 0x06064b50;
const END64_LOCATOR = 0x07064b50;
const CENTRAL = 0x02014b50;
const CENTRAL_SIZE = 46;
const ZIP64_EXTRA = 1;

/** One record of the central directory. */
export interface DirectoryRecord {
  readonly name: string;
  /** The name's bytes; the local header must repeat them. */
  readonly rawName: Uint8Array;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly headerOffset: number;
  /** Unix file type and permissions, 0 when written elsewhere. */
  readonly unixMode: number;
}

/** Reads the central directory, zip64 included. @see https://pkware.cachefly.net/webdocs/APPNOTE/APPNOTE-6.3.9.TXT §4.3.12–4.3.16 */
export function readDirectory(bytes: Uint8Array, limits: Limits): DirectoryRecord[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { count, start, end } = findDirectory(view);
  if (count > limits.archiveEntries) {
    throw fail('LIMIT_EXCEEDED', { format: 'zip', what: 'the number of entries', limit: `${limits.archiveEntries}` });
  }
  const records: DirectoryRecord[] = [];
  let at = start;
  for (let i = 0; i < count; i++) {
    if (at + CENTRAL_SIZE > end || view.getUint32(at, true) !== CENTRAL) throw damaged('the directory is damaged');
    const nameEnd = at + CENTRAL_SIZE + view.getUint16(at + 28, true);
    const extraEnd = nameEnd + view.getUint16(at + 30, true);
    const next = extraEnd + view.getUint16(at + 32, true);
    if (next > end) throw damaged('the directory is damaged');
    records.push(readRecord(view, bytes, at, nameEnd, extraEnd));
    at = next;
  }
  if (at !== end) throw damaged('the directory holds more than it says');
  return records;
}

function readRecord(view: DataView, bytes: Uint8Array, at: number, nameEnd: number, extraEnd: number): DirectoryRecord {
  const flags = view.getUint16(at + 8, true);
  const rawName = bytes.subarray(at + CENTRAL_SIZE, nameEnd);
  const wide = wideSizes(view, nameEnd, extraEnd, [
    view.getUint32(at + 24, true),
    view.getUint32(at + 20, true),
    view.getUint32(at + 42, true),
  ]);
  // The upper byte of "made by" is 3 for Unix; only then are the upper attributes a mode.
  const isUnix = view.getUint16(at + 4, true) >> 8 === 3;
  return {
    name: flags & 0x800 ? utf8(rawName, 0, rawName.length, 'zip') : latin1(rawName),
    rawName,
    flags,
    method: view.getUint16(at + 10, true),
    crc: view.getUint32(at + 16, true),
    size: wide[0] as number,
    compressedSize: wide[1] as number,
    headerOffset: wide[2] as number,
    unixMode: isUnix ? view.getUint16(at + 40, true) : 0,
  };
}

/** Values of 0xFFFFFFFF stand in the zip64 extra field instead, in this order. */
function wideSizes(view: DataView, start: number, end: number, values: number[]): number[] {
  if (!values.includes(0xffffffff)) return values;
  for (let at = start; at + 4 <= end; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== ZIP64_EXTRA) continue;
    let next = at + 4;
    return values.map((value) => {
      if (value !== 0xffffffff) return value;
      if (next + 8 > end) throw damaged('the directory is damaged');
      next += 8;
      return Number(view.getBigUint64(next - 8, true));
    });
  }
  throw damaged('the directory is damaged');
}

function findDirectory(view: DataView): { count: number; start: number; end: number } {
  const size = view.byteLength;
  const last = size - END_SIZE;
  for (let at = last; at >= Math.max(0, last - LONGEST_COMMENT); at--) {
    if (view.getUint32(at, true) !== END || at + END_SIZE + view.getUint16(at + 20, true) !== size) continue;
    const count = view.getUint16(at + 10, true);
    const length = view.getUint32(at + 12, true);
    const start = view.getUint32(at + 16, true);
    if (view.getUint16(at + 4, true) !== 0 && view.getUint16(at + 4, true) !== 0xffff)
      throw damaged('it is one part of several');
    // PyTorch writes the zip64 records even where nothing needs them.
    const hasLocator = at >= 20 && view.getUint32(at - 20, true) === END64_LOCATOR;
    if (hasLocator || count === 0xffff || length === 0xffffffff || start === 0xffffffff)
      return findDirectory64(view, at);
    if (start + length !== at) throw damaged('the directory does not lie where the end of the file says');
    return { count, start, end: at };
  }
  throw damaged('the end of the archive is missing');
}

function findDirectory64(view: DataView, end: number): { count: number; start: number; end: number } {
  const locator = end - 20;
  if (locator < 0 || view.getUint32(locator, true) !== END64_LOCATOR)
    throw damaged('the end of the archive is damaged');
  const at = Number(view.getBigUint64(locator + 8, true));
  if (at + 56 > locator || view.getUint32(at, true) !== END64) throw damaged('the end of the archive is damaged');
  const count = Number(view.getBigUint64(at + 32, true));
  const length = Number(view.getBigUint64(at + 40, true));
  const start = Number(view.getBigUint64(at + 48, true));
  if (start + length !== at) throw damaged('the directory does not lie where the end of the file says');
  return { count, start, end: at };
}

/** The error for a damaged archive. */
export function damaged(problem: string) {
  return fail('CORRUPT_FILE', { format: 'zip', problem });
}
