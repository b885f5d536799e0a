import { adler32, crc32 } from './checksums.ts';
import { BitReader, HuffmanCode } from './deflate-code.ts';
import { copyWithin, damaged, Output } from './output.ts';
import type { Inflate } from './port.ts';

/** Deflate in plain JavaScript, for platforms that offer no synchronous one. A quarter of zlib's speed. */
export const portableInflate: Inflate = {
  zlib(bytes, maxOutput) {
    const isHeader =
      bytes.length >= 6 &&
      ((bytes[0] as number) & 15) === 8 &&
      (((bytes[0] as number) << 8) | (bytes[1] as number)) % 31 === 0;
    if (!isHeader || (bytes[1] as number) & 0x20) throw damaged('zlib', 'the header is damaged');
    const output = new Output('zlib', maxOutput);
    const end = inflateRaw('zlib', bytes, 2, output);
    if (end + 4 > bytes.length) throw damaged('zlib', 'the compressed data ends too early');
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const result = output.finish();
    if (adler32(result) !== view.getUint32(end)) throw damaged('zlib', 'the checksum is wrong');
    return result;
  },

  gzip(bytes, maxOutput) {
    const output = new Output('gzip', maxOutput);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let position = 0;
    // Members follow each other; whatever else follows one is not ours.
    do {
      const start = output.length;
      const end = inflateRaw('gzip', bytes, gzipHeaderEnd(bytes, position), output);
      if (end + 8 > bytes.length) throw damaged('gzip', 'the compressed data ends too early');
      if (crc32(output.bytes, start, output.length) !== view.getUint32(end, true))
        throw damaged('gzip', 'the checksum is wrong');
      if ((output.length - start) >>> 0 !== view.getUint32(end + 4, true)) throw damaged('gzip', 'the size is wrong');
      position = end + 8;
    } while (bytes[position] === 0x1f && bytes[position + 1] === 0x8b);
    return output.finish();
  },

  raw(bytes, maxOutput) {
    const output = new Output('deflate', maxOutput);
    inflateRaw('deflate', bytes, 0, output);
    return output.finish();
  },
};

/** Skips the optional parts of a member's header: extra field, name, comment, checksum. */
function gzipHeaderEnd(bytes: Uint8Array, start: number): number {
  const flags = bytes[start + 3] ?? 0;
  if (bytes[start] !== 0x1f || bytes[start + 1] !== 0x8b || bytes[start + 2] !== 8 || flags & 0xe0) {
    throw damaged('gzip', 'the header is damaged');
  }
  let position = start + 10;
  if (flags & 4) position += 2 + ((bytes[position] ?? 0) | ((bytes[position + 1] ?? 0) << 8));
  for (const flag of [8, 16]) {
    if (!(flags & flag)) continue;
    const zero = bytes.indexOf(0, position);
    if (zero < 0) throw damaged('gzip', 'the compressed data ends too early');
    position = zero + 1;
  }
  return position + (flags & 2 ? 2 : 0);
}

const lengthBase = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
];
const lengthBits = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const distanceBase = Array.from({ length: 30 }, (_, i) => (i < 4 ? i + 1 : ((2 + (i & 1)) << ((i >> 1) - 1)) + 1));
const distanceBits = Array.from({ length: 30 }, (_, i) => (i < 4 ? 0 : (i >> 1) - 1));
const codeLengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** Decodes deflate blocks from `start` (RFC 1951) and answers where they end. */
function inflateRaw(format: string, bytes: Uint8Array, start: number, output: Output): number {
  const reader = new BitReader(format, bytes, start);
  // Each member of a gzip file has a window of its own.
  const windowStart = output.length;
  for (let isLast = false; !isLast;) {
    isLast = reader.read(1) === 1;
    const kind = reader.read(2);
    if (kind === 0) copyStored(format, reader, output);
    else if (kind === 1) decodeBlock(format, reader, fixedLiterals(), fixedDistances(), output, windowStart);
    else if (kind === 2) {
      const { literals, distances } = readCodes(format, reader);
      decodeBlock(format, reader, literals, distances, output, windowStart);
    } else throw damaged(format, 'the compressed data is damaged');
  }
  return reader.end();
}

function copyStored(format: string, reader: BitReader, output: Output): void {
  reader.alignToByte();
  const length = reader.read(16);
  if ((reader.read(16) ^ 0xffff) !== length) throw damaged(format, 'the compressed data is damaged');
  output.append(reader.take(length));
}

function readCodes(format: string, reader: BitReader): { literals: HuffmanCode; distances: HuffmanCode } {
  const literalCount = reader.read(5) + 257;
  const distanceCount = reader.read(5) + 1;
  const codeCount = reader.read(4) + 4;
  if (literalCount > 286 || distanceCount > 30) throw damaged(format, 'the compressed data is damaged');
  const codeLengths = new Uint8Array(19);
  for (let i = 0; i < codeCount; i++) codeLengths[codeLengthOrder[i] as number] = reader.read(3);
  const code = new HuffmanCode(format, codeLengths);
  const lengths = new Uint8Array(literalCount + distanceCount);
  for (let i = 0; i < lengths.length;) {
    const symbol = code.read(reader);
    if (symbol < 16) {
      lengths[i++] = symbol;
      continue;
    }
    if (symbol === 16 && i === 0) throw damaged(format, 'the compressed data is damaged');
    const repeat = symbol === 16 ? 3 + reader.read(2) : symbol === 17 ? 3 + reader.read(3) : 11 + reader.read(7);
    if (i + repeat > lengths.length) throw damaged(format, 'the compressed data is damaged');
    lengths.fill(symbol === 16 ? (lengths[i - 1] as number) : 0, i, i + repeat);
    i += repeat;
  }
  if (lengths[256] === 0) throw damaged(format, 'the compressed data is damaged');
  return {
    literals: new HuffmanCode(format, lengths.subarray(0, literalCount)),
    distances: new HuffmanCode(format, lengths.subarray(literalCount)),
  };
}

function decodeBlock(
  format: string,
  reader: BitReader,
  literals: HuffmanCode,
  distances: HuffmanCode,
  output: Output,
  windowStart: number,
): void {
  let out = output.bytes;
  let written = output.length;
  for (;;) {
    const symbol = literals.read(reader);
    if (symbol < 256) {
      if (written === out.length) {
        output.length = written;
        output.reserve(1);
        out = output.bytes;
      }
      out[written++] = symbol;
      continue;
    }
    if (symbol === 256) break;
    if (symbol > 285) throw damaged(format, 'the compressed data is damaged');
    const length = (lengthBase[symbol - 257] as number) + reader.read(lengthBits[symbol - 257] as number);
    const slot = distances.read(reader);
    if (slot > 29) throw damaged(format, 'the compressed data is damaged');
    const distance = (distanceBase[slot] as number) + reader.read(distanceBits[slot] as number);
    if (distance > written - windowStart) throw damaged(format, 'a match refers to data before the beginning');
    if (written + length > out.length) {
      output.length = written;
      output.reserve(length);
      out = output.bytes;
    }
    copyWithin(out, written, distance, length);
    written += length;
  }
  output.length = written;
}

let literalsOfFixed: HuffmanCode | undefined;
let distancesOfFixed: HuffmanCode | undefined;

function fixedLiterals(): HuffmanCode {
  return (literalsOfFixed ??= new HuffmanCode(
    'deflate',
    Uint8Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8)),
  ));
}

function fixedDistances(): HuffmanCode {
  return (distancesOfFixed ??= new HuffmanCode('deflate', new Uint8Array(30).fill(5)));
}
