import { xxh32 } from './checksums.ts';
import { copyWithin, damaged, Output, outputLimit } from './output.ts';

const FRAME = 0x184d2204;
const SKIPPABLE = 0x184d2a50;
/** Most bytes of a block by the frame's block-size code 4 to 7. */
const blockSizes = new Map([
  [4, 64 * 1024],
  [5, 256 * 1024],
  [6, 1024 * 1024],
  [7, 4 * 1024 * 1024],
]);

/** Decompresses LZ4 frames, verifying their checksums. @see https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md */
export function decompressLz4(bytes: Uint8Array, maxOutput: number): Uint8Array {
  const output = new Output('lz4', maxOutput);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let position = 0;
  // Frames follow each other; whatever else follows a frame is not ours.
  while (position + 7 <= bytes.length) {
    const magic = view.getUint32(position, true);
    if (magic === FRAME) position = readFrame(view, bytes, position + 4, output, maxOutput);
    else if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE)
      position += 8 + (position + 8 <= bytes.length ? view.getUint32(position + 4, true) : 0);
    else break;
  }
  if (position === 0) throw damaged('lz4', 'the file ends too early');
  return output.finish();
}

function readFrame(view: DataView, bytes: Uint8Array, start: number, output: Output, maxOutput: number): number {
  const flags = view.getUint8(start);
  const mostBlock = blockSizes.get((view.getUint8(start + 1) >> 4) & 7);
  if (flags >> 6 !== 1 || flags & 2 || !mostBlock) throw damaged('lz4', 'the header of the frame is damaged');
  const isIndependent = (flags & 0x20) !== 0;
  const hasBlockChecksums = (flags & 0x10) !== 0;
  const hasSize = (flags & 8) !== 0;
  const hasChecksum = (flags & 4) !== 0;
  const headerEnd = start + 2 + (hasSize ? 8 : 0) + (flags & 1 ? 4 : 0);
  need(bytes, headerEnd + 1);
  if (((xxh32(bytes, start, headerEnd) >>> 8) & 255) !== bytes[headerEnd])
    throw damaged('lz4', 'the header of the frame is damaged');
  if (flags & 1) throw damaged('lz4', 'the data was compressed with a dictionary, which is not in the file');
  const declared = hasSize ? view.getBigUint64(start + 2, true) : undefined;
  const frameStart = output.length;
  if (declared !== undefined && declared > BigInt(maxOutput - frameStart)) throw outputLimit('lz4', maxOutput);
  if (declared !== undefined) output.reserve(Number(declared));

  let position = headerEnd + 1;
  for (;;) {
    need(bytes, position + 4);
    const word = view.getUint32(position, true);
    position += 4;
    if (word === 0) break;
    const size = word & 0x7fffffff;
    if (size > mostBlock) throw damaged('lz4', 'a block is larger than its frame allows');
    need(bytes, position + size + (hasBlockChecksums ? 4 : 0));
    if (hasBlockChecksums && xxh32(bytes, position, position + size) !== view.getUint32(position + size, true))
      throw wrongChecksum();
    const blockStart = output.length;
    if (word >>> 31) output.append(bytes.subarray(position, position + size));
    else
      decodeBlock(
        bytes,
        position,
        position + size,
        output,
        isIndependent ? blockStart : frameStart,
        mostBlock,
        maxOutput,
      );
    position += size + (hasBlockChecksums ? 4 : 0);
  }
  if (declared !== undefined && declared !== BigInt(output.length - frameStart)) {
    throw damaged('lz4', 'the decompressed data has another size than its header says');
  }
  if (!hasChecksum) return position;
  need(bytes, position + 4);
  if (xxh32(output.bytes, frameStart, output.length) !== view.getUint32(position, true)) throw wrongChecksum();
  return position + 4;
}

/** Sequences of literals and matches; the last one has literals only. */
function decodeBlock(
  bytes: Uint8Array,
  start: number,
  end: number,
  output: Output,
  windowStart: number,
  most: number,
  maxOutput: number,
): void {
  output.reserveUpTo(Math.min(most, (end - start) * 255));
  const out = output.bytes;
  const limit = Math.min(out.length, output.length + most);
  // Where the limit of the whole output cuts the block short, that is the reason to name.
  const beyond = () => (limit === maxOutput ? outputLimit('lz4', maxOutput) : damaged('lz4', 'a block is damaged'));
  let written = output.length;
  let position = start;
  for (;;) {
    if (position >= end) throw damaged('lz4', 'a block ends too early');
    const token = bytes[position++] as number;
    let literals = token >> 4;
    if (literals === 15) {
      let more = 255;
      while (more === 255) {
        if (position >= end) throw damaged('lz4', 'a block ends too early');
        literals += more = bytes[position++] as number;
      }
    }
    if (literals > end - position) throw damaged('lz4', 'a block ends too early');
    if (written + literals > limit) throw beyond();
    if (literals > 32) out.set(bytes.subarray(position, position + literals), written);
    else for (let i = 0; i < literals; i++) out[written + i] = bytes[position + i] as number;
    written += literals;
    position += literals;
    if (position === end) break;
    if (position + 2 > end) throw damaged('lz4', 'a block ends too early');
    const distance = (bytes[position] as number) | ((bytes[position + 1] as number) << 8);
    position += 2;
    let length = (token & 15) + 4;
    if (length === 19) {
      let more = 255;
      while (more === 255) {
        if (position >= end) throw damaged('lz4', 'a block ends too early');
        length += more = bytes[position++] as number;
      }
    }
    if (distance === 0 || distance > written - windowStart)
      throw damaged('lz4', 'a match refers to data before the beginning');
    if (written + length > limit) throw beyond();
    copyWithin(out, written, distance, length);
    written += length;
  }
  output.length = written;
}

function need(bytes: Uint8Array, end: number): void {
  if (end > bytes.length) throw damaged('lz4', 'the file ends too early');
}

function wrongChecksum() {
  return damaged('lz4', 'a checksum is wrong');
}
