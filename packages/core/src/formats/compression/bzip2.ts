import { fail } from '../../errors/index.ts';
import { BitReader, HuffmanCode } from './bzip2-code.ts';
import { crc32Bzip2 } from './checksums.ts';
import { damaged, Output } from './output.ts';

const GROUP = 50;
const END_OF_STREAM = 0x177245385090;
const BLOCK = 0x314159265359;

/** Decompresses bzip2 streams, one after the other, verifying the checksum of each block and stream. */
export function decompressBzip2(bytes: Uint8Array, maxOutput: number): Uint8Array {
  const output = new Output('bz2', maxOutput);
  const reader = new BitReader(bytes);
  let links: Uint32Array | undefined;
  for (let streams = 0; ; streams++) {
    // What follows a stream and is not another one is not ours.
    if (streams > 0 && !reader.startsWith('BZh')) return output.finish();
    const isHeader = reader.read(24) === 0x425a68;
    const level = reader.read(8) - 0x30;
    if (!isHeader || level < 1 || level > 9) throw damaged('bz2', 'the header is damaged');
    const most = level * 100_000;
    if (!links || links.length < most) links = new Uint32Array(most);
    let streamCrc = 0;
    for (;;) {
      const kind = reader.read(24) * 0x1000000 + reader.read(24);
      const crc = reader.read32();
      if (kind === END_OF_STREAM) {
        if (crc !== streamCrc >>> 0) throw wrongChecksum();
        break;
      }
      if (kind !== BLOCK) throw damaged('bz2', 'a block does not begin as it must');
      const start = output.length;
      readBlock(reader, links, most, output);
      if (crc32Bzip2(output.bytes, start, output.length) !== crc) throw wrongChecksum();
      streamCrc = ((streamCrc << 1) | (streamCrc >>> 31)) ^ crc;
    }
    reader.alignToByte();
  }
}

function readBlock(reader: BitReader, links: Uint32Array, most: number, output: Output): void {
  if (reader.read(1) === 1) {
    throw fail('UNSUPPORTED_FORMAT', {
      what: 'A bzip2 file with randomised blocks',
      why: 'only versions before 1996 wrote them.',
      advice: 'Compress the file again with a current bzip2.',
    });
  }
  const origin = reader.read(24);
  const symbols = readSymbols(reader);
  const groups = reader.read(3);
  const selectorCount = reader.read(15);
  if (groups < 2 || groups > 6 || selectorCount === 0) throw damaged('bz2', 'the tables of a block are damaged');
  const selectors = readSelectors(reader, groups, selectorCount);
  const codes = Array.from({ length: groups }, () => new HuffmanCode(reader, symbols.length + 2));
  const counts = new Uint32Array(256);
  const length = readMoveToFront(reader, symbols, selectors, codes, links, most, counts);
  if (origin >= length) throw damaged('bz2', 'a block is damaged');
  invertTransform(links, length, origin, counts, output);
}

/** The bytes that occur: a bit for each group of 16, then 16 bits for each group that has some. */
function readSymbols(reader: BitReader): Uint8Array {
  const used = reader.read(16);
  const symbols: number[] = [];
  for (let i = 0; i < 16; i++) {
    if (!(used & (0x8000 >> i))) continue;
    const row = reader.read(16);
    for (let j = 0; j < 16; j++) if (row & (0x8000 >> j)) symbols.push(i * 16 + j);
  }
  if (symbols.length === 0) throw damaged('bz2', 'a block has no symbols');
  return Uint8Array.from(symbols);
}

/** Which code each group of 50 symbols uses, move-to-front coded in unary. */
function readSelectors(reader: BitReader, groups: number, count: number): Uint8Array {
  const order = Array.from({ length: groups }, (_, i) => i);
  const selectors = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    let position = 0;
    while (reader.read(1) === 1) if (++position >= groups) throw damaged('bz2', 'the tables of a block are damaged');
    const [group] = order.splice(position, 1);
    order.unshift(group as number);
    selectors[i] = group as number;
  }
  return selectors;
}

/** Undoes Huffman, run-length and move-to-front coding; fills the low bytes of `links` and counts them. */
function readMoveToFront(
  reader: BitReader,
  symbols: Uint8Array,
  selectors: Uint8Array,
  codes: readonly HuffmanCode[],
  links: Uint32Array,
  most: number,
  counts: Uint32Array,
): number {
  const order = symbols.slice();
  const end = symbols.length + 1;
  let length = 0;
  let run = 0;
  let runBit = 1;
  let group = 0;
  let left = 0;
  let code = codes[0] as HuffmanCode;
  for (;;) {
    if (left === 0) {
      if (group >= selectors.length) throw damaged('bz2', 'a block is longer than its tables');
      code = codes[selectors[group++] as number] as HuffmanCode;
      left = GROUP;
    }
    left--;
    const symbol = code.read(reader);
    if (symbol <= 1) {
      // Runs are counted in bijective base 2: RUNA is 1, RUNB is 2.
      run += runBit << symbol;
      runBit <<= 1;
      if (run > most) throw damaged('bz2', 'a block is longer than its header allows');
      continue;
    }
    if (run > 0) {
      if (length + run > most) throw damaged('bz2', 'a block is longer than its header allows');
      const byte = order[0] as number;
      counts[byte] = (counts[byte] as number) + run;
      links.fill(byte, length, length + run);
      length += run;
      run = 0;
      runBit = 1;
    }
    if (symbol === end) return length;
    if (length >= most) throw damaged('bz2', 'a block is longer than its header allows');
    const position = symbol - 1;
    const byte = order[position] as number;
    // Most moves are short, where a loop beats a call.
    if (position > 32) order.copyWithin(1, 0, position);
    else for (let i = position; i > 0; i--) order[i] = order[i - 1] as number;
    order[0] = byte;
    counts[byte] = (counts[byte] as number) + 1;
    links[length++] = byte;
  }
}

/** Undoes the Burrows–Wheeler transform and the first run-length coding: four equal bytes are followed by a count. */
function invertTransform(
  links: Uint32Array,
  length: number,
  origin: number,
  counts: Uint32Array,
  output: Output,
): void {
  let sum = 0;
  for (let byte = 0; byte < 256; byte++) {
    const count = counts[byte] as number;
    counts[byte] = sum;
    sum += count;
  }
  for (let i = 0; i < length; i++) {
    const byte = (links[i] as number) & 255;
    const at = counts[byte] as number;
    counts[byte] = at + 1;
    links[at] = (links[at] as number) | (i << 8);
  }
  let next = (links[origin] as number) >>> 8;
  let previous = -1;
  let repeats = 0;
  let out = output.bytes;
  let written = output.length;
  for (let i = 0; i < length; i++) {
    const entry = links[next] as number;
    const byte = entry & 255;
    next = entry >>> 8;
    const count = repeats === 4 ? byte : 1;
    if (written + count > out.length) {
      output.length = written;
      output.reserve(count);
      out = output.bytes;
    }
    if (repeats === 4) {
      out.fill(previous, written, written + count);
      written += count;
      repeats = 0;
      previous = -1;
    } else {
      out[written++] = byte;
      repeats = byte === previous ? repeats + 1 : 1;
      previous = byte;
    }
  }
  output.length = written;
}

function wrongChecksum() {
  return damaged('bz2', 'the checksum of a block is wrong');
}
