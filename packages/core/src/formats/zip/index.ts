import { fail } from '../../errors/index.ts';
import { Archive, ArchivePaths, unsafeEntry, type ArchiveEntry } from '../archive/index.ts';
import { crc32 } from '../compression/checksums.ts';
import type { Inflate } from '../compression/port.ts';
import { checkInputSize, defaultLimits, inflatedLimit, readableSize, type Limits } from '../limits/index.ts';
import { damaged, readDirectory, type DirectoryRecord } from './directory.ts';

const LOCAL = 0x04034b50;
const LOCAL_SIZE = 30;
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED = 0x2041;
const SYMBOLIC_LINK = 0xa000;
const FILE_TYPE = 0xf000;

/**
 * Opens a zip archive. Names, sizes and overlaps are checked at once; entries are unpacked, and their CRC-32 verified, when
 * they are read.
 */
export function readZip(file: Uint8Array, inflate: Inflate, options: Partial<Limits> = {}): Archive {
  const limits: Limits = { ...defaultLimits, ...options };
  checkInputSize(file, limits);
  const records = readDirectory(file, limits);
  checkSizes(records, file.length, limits);
  const paths = new ArchivePaths('zip');
  const entries: ArchiveEntry[] = [];
  for (const record of records) {
    const { name, size } = record;
    paths.check(name);
    if ((record.unixMode & FILE_TYPE) === SYMBOLIC_LINK) throw unsafeEntry('zip', name, 'is a link');
    if (name.endsWith('/')) continue;
    checkMethod(record);
    const data = locate(file, record);
    entries.push({ name, size, read: () => unpack(record, data, inflate) });
  }
  return new Archive('zip', entries);
}

/** The sums tell bombs apart, those whose entries share their data included. */
function checkSizes(records: readonly DirectoryRecord[], fileSize: number, limits: Limits): void {
  let packed = 0;
  let unpacked = 0;
  for (const { compressedSize, size } of records) {
    packed += compressedSize;
    unpacked += size;
  }
  if (packed > fileSize) throw damaged('the entries together are larger than the file');
  const most = inflatedLimit(limits, fileSize);
  if (unpacked > most)
    throw fail('LIMIT_EXCEEDED', { format: 'zip', what: 'the unpacked data', limit: readableSize(most) });
}

function checkMethod({ name, method, flags, compressedSize, size }: DirectoryRecord): void {
  if (flags & ENCRYPTED) {
    throw fail('UNSUPPORTED_FORMAT', {
      what: 'An encrypted zip archive',
      why: `the entry ${JSON.stringify(name.slice(0, 120))} needs a password.`,
      advice: 'Unpack it and zip it again without a password.',
    });
  }
  if (method !== STORED && method !== DEFLATED) {
    throw fail('UNSUPPORTED_FORMAT', {
      what: `The zip compression method ${method}`,
      why: 'Slipway reads stored and deflated entries.',
      advice: 'Zip the files again with ordinary (deflate) compression.',
    });
  }
  if (method === STORED && compressedSize !== size) throw damaged('a stored entry has two sizes');
}

/** The bytes of an entry lie after its local header, whose own name and extra field may be longer than the directory's. */
function locate(file: Uint8Array, { rawName, headerOffset, compressedSize, method }: DirectoryRecord): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (headerOffset + LOCAL_SIZE > file.length || view.getUint32(headerOffset, true) !== LOCAL) {
    throw damaged('an entry does not lie where the directory says');
  }
  const nameLength = view.getUint16(headerOffset + 26, true);
  const start = headerOffset + LOCAL_SIZE + nameLength + view.getUint16(headerOffset + 28, true);
  if (start + compressedSize > file.length) throw damaged('an entry reaches beyond the end of the file');
  const isSame =
    nameLength === rawName.length &&
    view.getUint16(headerOffset + 8, true) === method &&
    rawName.every((byte, i) => file[headerOffset + LOCAL_SIZE + i] === byte);
  if (!isSame) throw damaged('an entry and the directory differ');
  return file.subarray(start, start + compressedSize);
}

function unpack({ name, method, size, crc }: DirectoryRecord, data: Uint8Array, inflate: Inflate): Uint8Array {
  const bytes = method === STORED ? data : inflate.raw(data, size);
  if (bytes.length !== size)
    throw damaged(`the entry "${name.slice(0, 120)}" has another size than the directory says`);
  if (crc32(bytes) !== crc) throw damaged(`the checksum of "${name.slice(0, 120)}" is wrong`);
  return bytes;
}
export { writeZip } from './write.ts';
