import { checkSize, damaged, unsupported, type Picture } from '../picture.ts';
import { huffmanTable, type HuffmanTable } from './bits.ts';
import { writeColors } from './color.ts';
import { readFrame, type Frame } from './frame.ts';
import { inverseDct } from './idct.ts';
import { decodeScan, zigzag, type Scan } from './scan.ts';
import { upsampler, type Plane } from './upsample.ts';

/** More scans than any encoder writes: each goes over the whole picture. */
const mostScans = 128;

/**
 * Decodes a baseline or progressive JPEG of 8 bits. Samples are those of libjpeg-turbo with its defaults (accurate integer
 * DCT, smooth upsampling), which Pillow uses.
 */
export function decodeJpeg(bytes: Uint8Array): Picture {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const quantizers: (Uint16Array | undefined)[] = [];
  const dc: (HuffmanTable | undefined)[] = [];
  const ac: (HuffmanTable | undefined)[] = [];
  let frame: Frame | undefined;
  let interval = 0;
  let scans = 0;
  let adobe: number | undefined;
  let isJfif = false;
  let at = 2;
  for (;;) {
    while (at < bytes.length && bytes[at] !== 0xff) at++;
    while (bytes[at] === 0xff) at++;
    const marker = bytes[at++];
    // What was complete is shown, though the end is not marked.
    if (marker === undefined && scans === 0) throw damaged('JPEG', 'it ends too early');
    if (marker === undefined || marker === 0xd9) break;
    if (marker === 0 || marker === 1 || (marker >= 0xd0 && marker <= 0xd8)) continue;
    if (at + 2 > bytes.length) throw damaged('JPEG', 'it ends too early');
    const length = view.getUint16(at);
    const data = bytes.subarray(at + 2, at + length);
    if (length < 2 || at + length > bytes.length) throw damaged('JPEG', 'it ends too early');
    at += length;
    if (marker === 0xdb) readQuantizers(data, quantizers);
    else if (marker === 0xc4) readHuffman(data, dc, ac);
    else if (marker === 0xdd) interval = data.length >= 2 ? ((data[0] as number) << 8) | (data[1] as number) : 0;
    else if (marker === 0xe0 && isText(data, 'JFIF\0')) isJfif = true;
    else if (marker === 0xee && isText(data, 'Adobe') && data.length >= 12) adobe = data[11];
    else if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc8 && marker !== 0xcc) {
      if (frame) throw damaged('JPEG', 'it has two frames');
      if (marker > 0xc2) throw unsupported('A JPEG of this kind', 'it is lossless, hierarchical or arithmetic-coded.');
      if (data.length < 6) throw damaged('JPEG', 'the header of its frame is damaged');
      if (data[0] !== 8) throw unsupported(`A JPEG of ${data[0]} bits`, 'pictures have 8 bits a sample.');
      const [height, width] = [
        ((data[1] as number) << 8) | (data[2] as number),
        ((data[3] as number) << 8) | (data[4] as number),
      ];
      checkSize('JPEG', width, height);
      frame = readFrame(data, marker === 0xc2, width, height, bytes.length);
    } else if (marker === 0xda) {
      if (!frame) throw damaged('JPEG', 'a scan comes before its frame');
      if (++scans > mostScans) throw damaged('JPEG', 'it has too many scans');
      at = decodeScan(frame, readScan(data, frame, dc, ac), bytes, at, interval);
    }
  }
  if (!frame || scans === 0) throw damaged('JPEG', 'it holds no picture');
  return pictureOf(frame, quantizers, isJfif, adobe);
}

function readQuantizers(data: Uint8Array, into: (Uint16Array | undefined)[]): void {
  for (let at = 0; at < data.length;) {
    const head = data[at++] as number;
    const size = head >> 4 ? 2 : 1;
    if ((head & 15) > 3 || at + 64 * size > data.length) throw damaged('JPEG', 'a quantization table is damaged');
    const table = new Uint16Array(64);
    for (let k = 0; k < 64; k++, at += size)
      table[zigzag[k] as number] =
        size === 2 ? ((data[at] as number) << 8) | (data[at + 1] as number) : (data[at] as number);
    into[head & 15] = table;
  }
}

function readHuffman(data: Uint8Array, dc: (HuffmanTable | undefined)[], ac: (HuffmanTable | undefined)[]): void {
  for (let at = 0; at + 17 <= data.length;) {
    const head = data[at] as number;
    const counts = data.subarray(at + 1, at + 17);
    const total = counts.reduce((sum, count) => sum + count, 0);
    at += 17;
    if ((head & 15) > 3 || head >> 4 > 1 || at + total > data.length || total > 256)
      throw damaged('JPEG', 'a Huffman table is damaged');
    (head >> 4 ? ac : dc)[head & 15] = huffmanTable(counts, data.subarray(at, at + total));
    at += total;
  }
}

function readScan(
  data: Uint8Array,
  frame: Frame,
  dc: readonly (HuffmanTable | undefined)[],
  ac: readonly (HuffmanTable | undefined)[],
): Scan {
  const count = data[0] ?? 0;
  if (count < 1 || count > 4 || data.length !== 4 + 2 * count) throw damaged('JPEG', 'the header of a scan is damaged');
  const parts = Array.from({ length: count }, (_, i) => {
    const [id, tables] = data.subarray(1 + 2 * i) as unknown as [number, number];
    const component = frame.components.find((each) => each.id === id);
    if (!component) throw damaged('JPEG', 'a scan is of no component of the frame');
    const [first, others] = [dc[tables >> 4], ac[tables & 15]];
    return { component, ...(first ? { dc: first } : {}), ...(others ? { ac: others } : {}) };
  });
  const [start, end, bits] = data.subarray(1 + 2 * count) as unknown as [number, number, number];
  const scan = { parts, start, end, high: bits >> 4, low: bits & 15 };
  if (!frame.isProgressive) return { ...scan, start: 0, end: 63, high: 0, low: 0 };
  if (end > 63 || start > end || (start === 0 && end > 0) || (start > 0 && count > 1) || scan.low > 13)
    throw damaged('JPEG', 'the header of a scan is damaged');
  return scan;
}

function planesOf(frame: Frame, quantizers: readonly (Uint16Array | undefined)[]): Plane[] {
  return frame.components.map(({ quantizer, stride, coefficients, width, height }) => {
    const table = quantizers[quantizer];
    if (!table) throw damaged('JPEG', 'a quantization table is missing');
    const data = new Uint8Array(coefficients.length);
    for (let block = 0; block * 64 < coefficients.length; block++) {
      const [x, y] = [block % stride, Math.floor(block / stride)];
      inverseDct(coefficients, block * 64, table, data, y * 8 * stride * 8 + x * 8, stride * 8);
    }
    return { data, stride: stride * 8, width, height };
  });
}

function pictureOf(
  frame: Frame,
  quantizers: readonly (Uint16Array | undefined)[],
  isJfif: boolean,
  adobe: number | undefined,
): Picture {
  const { width, height, components, hMost, vMost } = frame;
  const count = components.length;
  if (count !== 1 && count !== 3 && count !== 4)
    throw unsupported(`A JPEG of ${count} components`, 'colors have 1, 3 or 4.');
  const isColor =
    count === 3
      ? isYcc(
          components.map(({ id }) => id),
          isJfif,
          adobe,
        )
      : count === 4 && adobe === 2;
  const lines = planesOf(frame, quantizers).map((plane, i) => {
    const { h, v } = components[i] as Frame['components'][number];
    if (hMost % h || vMost % v) throw unsupported('A JPEG with such sampling', 'its factors do not divide each other.');
    // A single component has no other to be measured by.
    return count === 1 ? upsampler(plane, width, 1, 1) : upsampler(plane, width, hMost / h, vMost / v);
  });
  const data = new Uint8Array(width * height * count);
  for (let y = 0; y < height; y++) {
    const given = lines.map((line) => line(y));
    const at = y * width * count;
    if (isColor)
      writeColors(given as unknown as [Uint8Array, Uint8Array, Uint8Array], width, data, at, count, count === 4);
    for (let c = isColor ? 3 : 0; c < count; c++)
      for (let x = 0; x < width; x++) data[at + x * count + c] = given[c]?.[x] as number;
  }
  // Four components are inverted inks, as Adobe writes them; Pillow takes all of them so.
  if (count === 4) for (let i = 0; i < data.length; i++) data[i] = 255 - (data[i] as number);
  return { width, height, mode: count === 1 ? 'L' : count === 3 ? 'RGB' : 'CMYK', data };
}

/** How libjpeg tells YCbCr from RGB. */
function isYcc(ids: readonly number[], isJfif: boolean, adobe: number | undefined): boolean {
  if (isJfif) return true;
  if (adobe !== undefined) return adobe !== 0;
  return ids.join() !== '82,71,66';
}

function isText(data: Uint8Array, text: string): boolean {
  return Array.from(text).every((letter, i) => data[i] === letter.charCodeAt(0));
}
