import { crc32 } from '../compression/checksums.ts';
import type { Inflate } from '../compression/index.ts';
import { checkSize, damaged, unsupported, type Picture } from './picture.ts';

/** Samples a pixel by color type (PNG specification, 11.2.1). */
const samplesOf: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const depthsOf: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};
/** Adam7: first column and row, and the steps, of each pass. */
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;
/** Deflate makes at most so many bytes of one. */
const mostRatio = 1040;

interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly color: number;
  readonly isInterlaced: boolean;
}

/** Decodes a PNG to gray or RGB: palettes are looked up, transparency is dropped, 16 bits become 8 as Pillow has them. */
export function decodePng(bytes: Uint8Array, inflate: Inflate): Picture {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [];
  let header: Header | undefined;
  let palette = new Uint8Array(0);
  let at = 8;
  let isEnd = false;
  while (!isEnd) {
    if (at + 12 > bytes.length) throw damaged('PNG', 'it ends too early');
    const length = view.getUint32(at);
    const kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const end = at + 8 + length;
    if (end + 4 > bytes.length) throw damaged('PNG', 'it ends too early');
    const isCritical = (bytes[at + 4] as number) < 96;
    if (isCritical && crc32(bytes, at + 4, end) !== view.getUint32(end))
      throw damaged('PNG', `the checksum of ${kind} is wrong`);
    const data = bytes.subarray(at + 8, end);
    if (kind === 'IHDR') header = readHeader(data);
    else if (kind === 'PLTE') palette = data.slice();
    else if (kind === 'IDAT') parts.push(data);
    else if (kind === 'IEND') isEnd = true;
    at = end + 4;
  }
  if (!header) throw damaged('PNG', 'the header is missing');
  return pictureOf(header, palette, parts, inflate);
}

function readHeader(data: Uint8Array): Header {
  if (data.length !== 13) throw damaged('PNG', 'the header is damaged');
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, color, , , interlace] = data.subarray(8) as unknown as [number, number, number, number, number];
  checkSize('PNG', width, height);
  if (!depthsOf[color]?.includes(depth) || interlace > 1) throw damaged('PNG', 'the header is damaged');
  return { width, height, depth, color, isInterlaced: interlace === 1 };
}

function pictureOf(header: Header, palette: Uint8Array, parts: readonly Uint8Array[], inflate: Inflate): Picture {
  const { width, height, depth, color, isInterlaced } = header;
  const samples = samplesOf[color] as number;
  const bits = samples * depth;
  const passes = isInterlaced ? adam7 : ([[0, 0, 1, 1]] as const);
  const sizes = passes.map(([x, y, dx, dy]) => {
    const [w, h] = [Math.ceil((width - x) / dx), Math.ceil((height - y) / dy)];
    return { w, h, stride: Math.ceil((w * bits) / 8), bytes: w > 0 && h > 0 ? h * (1 + Math.ceil((w * bits) / 8)) : 0 };
  });
  const total = sizes.reduce((sum, size) => sum + size.bytes, 0);
  const compressed = join(parts);
  if (total > compressed.length * mostRatio) throw damaged('PNG', 'it holds less than its header claims');
  if (total > 2 ** 28) throw unsupported('A PNG picture of so many bits', 'it is too large in memory');
  const raw = inflate.zlib(compressed, total + 65_536);
  if (raw.length < total) throw damaged('PNG', 'it ends too early');
  const mode = color === 0 || color === 4 ? 'L' : 'RGB';
  const out = new Uint8Array(width * height * (mode === 'L' ? 1 : 3));
  const write = writerOf(header, palette, out);
  let from = 0;
  passes.forEach(([x0, y0, dx, dy], pass) => {
    const { w, h, stride, bytes } = sizes[pass] as (typeof sizes)[number];
    if (bytes === 0) return;
    const bpp = Math.max(1, bits >> 3);
    let before: Uint8Array = new Uint8Array(stride);
    for (let y = 0; y < h; y++) {
      const line = raw.subarray(from + 1, from + 1 + stride);
      unfilter(raw[from] as number, line, before, bpp);
      write(line, w, (y0 + y * dy) * width + x0, dx);
      before = line;
      from += 1 + stride;
    }
  });
  return { width, height, mode, data: out };
}

/** Undoes the filter of a line in place (PNG specification, 9.2). */
function unfilter(kind: number, line: Uint8Array, before: Uint8Array, bpp: number): void {
  if (kind === 0) return;
  if (kind > 4) throw damaged('PNG', 'a line has an unknown filter');
  for (let i = 0; i < line.length; i++) {
    const a = i < bpp ? 0 : (line[i - bpp] as number);
    const b = before[i] as number;
    let add = a;
    if (kind === 2) add = b;
    else if (kind === 3) add = (a + b) >> 1;
    else if (kind === 4) {
      const c = i < bpp ? 0 : (before[i - bpp] as number);
      const pa = Math.abs(b - c);
      const pb = Math.abs(a - c);
      const pc = Math.abs(a + b - 2 * c);
      add = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
    }
    line[i] = (line[i] as number) + add;
  }
}

/** Writes the pixels of a line, `step` pixels apart. */
function writerOf({ depth, color }: Header, palette: Uint8Array, out: Uint8Array) {
  const samples = samplesOf[color] as number;
  const most = (1 << depth) - 1;
  const isWide = depth === 16;
  const sample = (line: Uint8Array, i: number): number => {
    if (depth === 8) return line[i] as number;
    // Of 16 bits Pillow keeps the upper 8.
    if (isWide) return line[2 * i] as number;
    const bit = i * depth;
    return ((line[bit >> 3] as number) >> (8 - depth - (bit & 7))) & most;
  };
  return (line: Uint8Array, count: number, start: number, step: number): void => {
    for (let x = 0; x < count; x++) {
      const to = start + x * step;
      if (color === 3) {
        const index = sample(line, x) * 3;
        for (let c = 0; c < 3; c++) out[to * 3 + c] = palette[index + c] ?? 0;
      } else if (color === 0 || color === 4) {
        const value = sample(line, x * samples);
        out[to] = isWide && color === 0 ? gray16(line, x) : depth < 8 ? (value * 255) / most : value;
      } else for (let c = 0; c < 3; c++) out[to * 3 + c] = sample(line, x * samples + c);
    }
  };
}

/** Pillow cuts one channel of 16 bits off at 255. */
function gray16(line: Uint8Array, x: number): number {
  return line[2 * x] === 0 ? (line[2 * x + 1] as number) : 255;
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
