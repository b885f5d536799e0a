import { fail } from '../../errors/index.ts';
import { crc32, crc64 } from './checksums.ts';
import { decodeLzma2 } from './lzma2.ts';
import { damaged, Output, outputLimit } from './output.ts';

const FOOTER = 12;
const LZMA2 = 0x21;

/** Checks after each block: id → bytes. SHA-256 is left out; nothing that writes models uses it. */
const checkSizes = new Map([
  [0, 0],
  [1, 4],
  [4, 8],
]);

/** Filters that rewrite machine code before compression; model files have none. */
const filterNames = new Map([
  [0x03, 'delta'],
  [0x04, 'x86'],
  [0x05, 'PowerPC'],
  [0x06, 'IA-64'],
  [0x07, 'ARM'],
  [0x08, 'ARM-Thumb'],
  [0x09, 'SPARC'],
  [0x0a, 'ARM64'],
  [0x0b, 'RISC-V'],
]);

interface Block {
  /** Without padding: header, data and check. */
  readonly unpaddedSize: number;
  readonly size: number;
}

interface Stream {
  readonly start: number;
  readonly end: number;
  readonly check: number;
  readonly blocks: readonly Block[];
}

/**
 * Decompresses `.xz`: streams of LZMA2 blocks. The index at each stream's end tells all sizes, so a bomb is refused before
 * anything is decompressed, and each block must keep to what the index says.
 * @see https://tukaani.org/xz/xz-file-format.txt
 */
export function decompressXz(bytes: Uint8Array, maxOutput: number): Uint8Array {
  const streams = findStreams(bytes);
  let total = 0;
  for (const { blocks } of streams) for (const block of blocks) total += block.size;
  if (total > maxOutput) throw outputLimit('xz', maxOutput);
  const output = new Output('xz', total, total);
  for (const stream of streams) decodeStream(bytes, stream, output);
  return output.finish();
}

/** Reads the footers and indexes from the end of the file to its beginning. */
function findStreams(bytes: Uint8Array): Stream[] {
  const streams: Stream[] = [];
  let end = bytes.length;
  while (end > 0) {
    // Streams may be padded with zeros to multiples of four bytes.
    while (end >= 4 && bytes[end - 1] === 0 && load32(bytes, end - 4) === 0) end -= 4;
    if (end < 2 * FOOTER || end % 4 !== 0) throw damaged('xz', 'the file ends too early');
    const stream = readStream(bytes, end);
    streams.unshift(stream);
    end = stream.start;
  }
  return streams;
}

function readStream(bytes: Uint8Array, end: number): Stream {
  const footer = end - FOOTER;
  if (bytes[end - 2] !== 0x59 || bytes[end - 1] !== 0x5a) throw damaged('xz', 'the file ends too early');
  if (crc32(bytes, footer + 4, footer + 10) !== load32(bytes, footer)) throw damaged('xz', 'the footer is damaged');
  const check = readFlags(bytes, footer + 8);
  const indexStart = footer - (load32(bytes, footer + 4) + 1) * 4;
  if (indexStart < FOOTER) throw damaged('xz', 'the index lies outside of the file');
  const blocks = readIndex(bytes, indexStart, footer);
  let dataSize = 0;
  for (const { unpaddedSize } of blocks) dataSize += Math.ceil(unpaddedSize / 4) * 4;
  const start = indexStart - dataSize - FOOTER;
  if (!(start >= 0)) throw damaged('xz', 'the index does not fit the file');
  const magic = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];
  if (magic.some((byte, i) => bytes[start + i] !== byte))
    throw damaged('xz', 'a stream does not begin where the index says');
  if (crc32(bytes, start + 6, start + 8) !== load32(bytes, start + 8)) throw damaged('xz', 'the header is damaged');
  if (readFlags(bytes, start + 6) !== check) throw damaged('xz', 'header and footer differ');
  return { start, end, check, blocks };
}

/** Two bytes of flags that say only how blocks are checked. */
function readFlags(bytes: Uint8Array, at: number): number {
  const check = bytes[at + 1] as number;
  if (bytes[at] !== 0 || check > 15) throw damaged('xz', 'the header is damaged');
  if (!checkSizes.has(check)) {
    throw fail('UNSUPPORTED_FORMAT', {
      what: `The xz check type ${check}`,
      why: 'Slipway verifies CRC-32 and CRC-64.',
      advice: 'Compress the file again with `xz --check=crc64`.',
    });
  }
  return check;
}

function readIndex(bytes: Uint8Array, start: number, end: number): Block[] {
  if (bytes[start] !== 0 || crc32(bytes, start, end - 4) !== load32(bytes, end - 4))
    throw damaged('xz', 'the index is damaged');
  const reader = { bytes, position: start + 1, end: end - 4 };
  const count = readVarint(reader);
  // Each record has at least two bytes.
  if (count > (end - start) / 2) throw damaged('xz', 'the index is damaged');
  const blocks: Block[] = [];
  for (let i = 0; i < count; i++) {
    const unpaddedSize = readVarint(reader);
    blocks.push({ unpaddedSize, size: readVarint(reader) });
  }
  return blocks;
}

function decodeStream(bytes: Uint8Array, { start, check, blocks }: Stream, output: Output): void {
  let position = start + FOOTER;
  for (const block of blocks) {
    const checkSize = checkSizes.get(check) as number;
    const dataEnd = position + block.unpaddedSize - checkSize;
    const dataStart = readBlockHeader(bytes, position, block);
    const from = output.length;
    const consumed = decodeLzma2('xz', bytes.subarray(0, dataEnd), dataStart, output, from + block.size);
    if (consumed !== dataEnd || output.length !== from + block.size)
      throw damaged('xz', 'a block has another size than the index says');
    // Padding to four bytes stands between data and check.
    position += Math.ceil((block.unpaddedSize - checkSize) / 4) * 4;
    verify(bytes, position, check, output, from);
    position += checkSize;
  }
}

/** Checks a block's header and answers where its data begins. */
function readBlockHeader(bytes: Uint8Array, start: number, block: Block): number {
  const size = ((bytes[start] as number) + 1) * 4;
  const end = start + size;
  if (bytes[start] === 0 || size > block.unpaddedSize) throw damaged('xz', 'the header of a block is damaged');
  if (crc32(bytes, start, end - 4) !== load32(bytes, end - 4)) throw damaged('xz', 'the header of a block is damaged');
  const flags = bytes[start + 1] as number;
  if (flags & 0x3c) throw damaged('xz', 'the header of a block is damaged');
  const reader = { bytes, position: start + 2, end: end - 4 };
  if (flags & 0x40) readVarint(reader);
  if (flags & 0x80 && readVarint(reader) !== block.size) throw damaged('xz', 'a block and the index differ');
  for (let i = 0; i <= (flags & 3); i++) {
    const id = readVarint(reader);
    if (id !== LZMA2) {
      throw fail('UNSUPPORTED_FORMAT', {
        what: `The xz filter "${filterNames.get(id) ?? id}"`,
        why: 'Slipway reads xz files with the LZMA2 filter alone.',
        advice: 'Compress the file again with plain `xz`, or save the model with joblib.dump(model, "model.joblib").',
      });
    }
    if (i > 0) throw damaged('xz', 'a block has two LZMA2 filters');
    // One byte of properties: the dictionary size, which does not matter where the output is the window.
    reader.position += readVarint(reader);
  }
  return end;
}

function verify(bytes: Uint8Array, at: number, check: number, output: Output, from: number): void {
  if (check === 1 && crc32(output.bytes, from, output.length) !== load32(bytes, at)) throw wrongChecksum();
  if (check === 4) {
    const { low, high } = crc64(output.bytes, from, output.length);
    if (low !== load32(bytes, at) || high !== load32(bytes, at + 4)) throw wrongChecksum();
  }
}

function wrongChecksum() {
  return damaged('xz', 'the checksum of a block is wrong');
}

/** Seven bits a byte, lowest first, at most nine bytes. */
function readVarint(reader: { readonly bytes: Uint8Array; position: number; readonly end: number }): number {
  let value = 0;
  for (let i = 0; i < 9; i++) {
    if (reader.position >= reader.end) break;
    const byte = reader.bytes[reader.position++] as number;
    value += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return value;
  }
  throw damaged('xz', 'a number in a header is damaged');
}

function load32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at, true);
}
