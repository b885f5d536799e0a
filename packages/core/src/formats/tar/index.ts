import { fail } from '../../errors/index.ts';
import { Archive, ArchivePaths, unsafeEntry, type ArchiveEntry } from '../archive/index.ts';
import { checkInputSize, defaultLimits, type Limits } from '../limits/index.ts';
import { latin1, utf8 } from '../text.ts';

const BLOCK = 512;
const CHECKSUM = 148;
/** Longest header of long names that anybody writes. */
const LONGEST_HEADER = 64 * 1024;

/** What the headers before an entry say about it, instead of its own. */
interface Overrides {
  name?: string | undefined;
  size?: number | undefined;
}

/** Reads a tar archive: ustar, with pax headers and GNU long names. Links and devices are refused; entries are views on `file`. */
export function readTar(file: Uint8Array, options: Partial<Limits> = {}): Archive {
  const limits: Limits = { ...defaultLimits, ...options };
  checkInputSize(file, limits);
  const paths = new ArchivePaths('tar');
  const entries: ArchiveEntry[] = [];
  let overrides: Overrides = {};
  let position = 0;
  for (let count = 0; ; count++) {
    if (count > limits.archiveEntries) {
      throw fail('LIMIT_EXCEEDED', { format: 'tar', what: 'the number of entries', limit: `${limits.archiveEntries}` });
    }
    if (position + BLOCK > file.length) throw damaged('the end of the archive is missing');
    const header = file.subarray(position, position + BLOCK);
    if (header.every((byte) => byte === 0)) break;
    verifyChecksum(header);
    const type = String.fromCharCode(header[156] as number);
    const size = (isMeta(type) ? undefined : overrides.size) ?? number(header, 124, 12);
    const start = position + BLOCK;
    if (size > file.length - start) throw damaged('an entry reaches beyond the end of the file');
    const data = file.subarray(start, start + size);
    position = start + Math.ceil(size / BLOCK) * BLOCK;
    if (isMeta(type)) {
      if (size > LONGEST_HEADER) throw damaged('a header is too long');
      // Global pax headers hold comments and times; nothing that matters here.
      if (type === 'x') overrides = { ...overrides, ...readPax(data) };
      else if (type === 'L') overrides = { ...overrides, name: text(data, 0, data.length) };
      continue;
    }
    const name = relative(overrides.name ?? nameOf(header));
    overrides = {};
    if (type === '5' || name === '') continue;
    paths.check(name);
    if (type !== '0' && type !== '\0' && type !== '7') {
      throw unsafeEntry('tar', name, type === '1' || type === '2' ? 'is a link' : 'is no ordinary file');
    }
    entries.push({ name, size, read: () => data });
  }
  return new Archive('tar', entries);
}

/** Headers that say something about the next entry, or about all: pax, and GNU long names (`L`) and link names (`K`). */
function isMeta(type: string): boolean {
  return 'xgLK'.includes(type);
}

/** `tar -C folder .` writes `./model.joblib`. */
function relative(name: string): string {
  return name.replace(/^(?:\.\/+)+/, '').replace(/^\.$/, '');
}

function nameOf(header: Uint8Array): string {
  const name = text(header, 0, 100);
  const isUstar = latin1(header, 257, 262) === 'ustar' && header[262] === 0;
  const prefix = isUstar ? text(header, 345, 155) : '';
  return prefix ? `${prefix}/${name}` : name;
}

/** pax records: `27 path=some/long/name\n`, the number being the record's length. */
function readPax(data: Uint8Array): Overrides {
  const overrides: Overrides = {};
  for (let at = 0; at < data.length && data[at] !== 0;) {
    const space = data.indexOf(0x20, at);
    const length = space < 0 ? NaN : Number(latin1(data, at, space));
    if (!Number.isInteger(length) || length <= space - at || at + length > data.length)
      throw damaged('a pax header is damaged');
    const record = utf8(data, space + 1, at + length - 1, 'tar');
    const equals = record.indexOf('=');
    const value = record.slice(equals + 1);
    const key = record.slice(0, equals);
    if (key === 'path') overrides.name = value;
    if (key === 'size') {
      if (!/^\d{1,15}$/.test(value)) throw damaged('a pax header is damaged');
      overrides.size = Number(value);
    }
    if (key.startsWith('GNU.sparse')) throw damaged('sparse files are not supported');
    at += length;
  }
  return overrides;
}

/** The sum of the header's bytes, its own field counted as spaces. */
function verifyChecksum(header: Uint8Array): void {
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= CHECKSUM && i < CHECKSUM + 8 ? 0x20 : (header[i] as number);
  if (sum !== number(header, CHECKSUM, 8)) throw damaged('a header is damaged');
}

/** Octal text, or for large values base 256 with the first bit set. */
function number(header: Uint8Array, start: number, length: number): number {
  if ((header[start] as number) & 0x80) {
    let value = (header[start] as number) & 0x7f;
    for (let i = 1; i < length; i++) value = value * 256 + (header[start + i] as number);
    return value;
  }
  const digits = text(header, start, length).trim();
  if (!/^[0-7]*$/.test(digits)) throw damaged('a header is damaged');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

function text(bytes: Uint8Array, start: number, length: number): string {
  const zero = bytes.indexOf(0, start);
  return utf8(bytes, start, zero < 0 || zero > start + length ? start + length : zero, 'tar');
}

function damaged(problem: string) {
  return fail('CORRUPT_FILE', { format: 'tar', problem });
}
