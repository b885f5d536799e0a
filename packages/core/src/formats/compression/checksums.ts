/** CRC-32 of zip, gzip, xz and PNG (reflected polynomial 0xEDB88320). Pass the previous result to go on. */
export function crc32(bytes: Uint8Array, start = 0, end = bytes.length, previous = 0): number {
  const t = (crc32Tables ??= makeCrc32Tables(0xedb88320));
  let crc = ~previous;
  let i = start;
  // Eight bytes a step: tables 0 to 7 hold the effect of a byte that is followed by that many others.
  for (const last = end - 7; i < last; i += 8) {
    const a = crc ^ load32(bytes, i);
    const b = load32(bytes, i + 4);
    crc =
      (t[1792 + (a & 255)] as number) ^
      (t[1536 + ((a >>> 8) & 255)] as number) ^
      (t[1280 + ((a >>> 16) & 255)] as number) ^
      (t[1024 + (a >>> 24)] as number) ^
      (t[768 + (b & 255)] as number) ^
      (t[512 + ((b >>> 8) & 255)] as number) ^
      (t[256 + ((b >>> 16) & 255)] as number) ^
      (t[b >>> 24] as number);
  }
  for (; i < end; i++) crc = (t[(crc ^ (bytes[i] as number)) & 255] as number) ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** CRC-32 of bzip2: the same polynomial, most significant bit first. */
export function crc32Bzip2(bytes: Uint8Array, start: number, end: number): number {
  const t = (bzip2Table ??= makeBzip2Table());
  let crc = 0xffffffff;
  for (let i = start; i < end; i++) crc = (crc << 8) ^ (t[(crc >>> 24) ^ (bytes[i] as number)] as number);
  return ~crc >>> 0;
}

/** CRC-64 of xz (reflected ECMA-182), as its 32-bit halves. */
export function crc64(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): { readonly low: number; readonly high: number } {
  const t = (crc64Tables ??= makeCrc64Tables());
  let low = ~0;
  let high = ~0;
  let i = start;
  for (const last = end - 3; i < last; i += 4) {
    const a = low ^ load32(bytes, i);
    const i3 = 768 + (a & 255);
    const i2 = 512 + ((a >>> 8) & 255);
    const i1 = 256 + ((a >>> 16) & 255);
    const i0 = a >>> 24;
    low = high ^ (t.low[i3] as number) ^ (t.low[i2] as number) ^ (t.low[i1] as number) ^ (t.low[i0] as number);
    high = (t.high[i3] as number) ^ (t.high[i2] as number) ^ (t.high[i1] as number) ^ (t.high[i0] as number);
  }
  for (; i < end; i++) {
    const index = (low ^ (bytes[i] as number)) & 255;
    low = ((low >>> 8) | (high << 24)) ^ (t.low[index] as number);
    high = (high >>> 8) ^ (t.high[index] as number);
  }
  return { low: ~low >>> 0, high: ~high >>> 0 };
}

/** Adler-32 of zlib streams. */
export function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (let i = 0; i < bytes.length;) {
    // 3800 sums stay below 2^31.
    const end = Math.min(bytes.length, i + 3800);
    for (; i < end; i++) {
      a += bytes[i] as number;
      b += a;
    }
    a %= 65521;
    b %= 65521;
  }
  return ((b << 16) | a) >>> 0;
}

const P1 = 0x9e3779b1;
const P2 = 0x85ebca77;
const P3 = 0xc2b2ae3d;
const P4 = 0x27d4eb2f;
const P5 = 0x165667b1;

/** xxHash-32 with seed 0, the checksum of lz4 frames. */
export function xxh32(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let i = start;
  let hash = P5;
  if (end - start >= 16) {
    let a = (P1 + P2) | 0;
    let b = P2 | 0;
    let c = 0;
    let d = -P1 | 0;
    for (const last = end - 15; i < last; i += 16) {
      a = round(a, load32(bytes, i));
      b = round(b, load32(bytes, i + 4));
      c = round(c, load32(bytes, i + 8));
      d = round(d, load32(bytes, i + 12));
    }
    hash = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
  }
  hash = (hash + (end - start)) | 0;
  for (; i + 4 <= end; i += 4) hash = Math.imul(rotate((hash + Math.imul(load32(bytes, i), P3)) | 0, 17), P4);
  for (; i < end; i++) hash = Math.imul(rotate((hash + Math.imul(bytes[i] as number, P5)) | 0, 11), P1);
  hash = Math.imul(hash ^ (hash >>> 15), P2);
  hash = Math.imul(hash ^ (hash >>> 13), P3);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function round(lane: number, input: number): number {
  return Math.imul(rotate((lane + Math.imul(input, P2)) | 0, 13), P1);
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function load32(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}

// Tables are made when they are first needed: a program that reads no such file pays nothing.
let crc32Tables: Int32Array | undefined;
let bzip2Table: Int32Array | undefined;
let crc64Tables: { readonly low: Int32Array; readonly high: Int32Array } | undefined;

function makeCrc32Tables(polynomial: number): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    tables[byte] = crc;
  }
  for (let i = 256; i < tables.length; i++) {
    const before = tables[i - 256] as number;
    tables[i] = (before >>> 8) ^ (tables[before & 255] as number);
  }
  return tables;
}

function makeBzip2Table(): Int32Array {
  const table = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
    table[byte] = crc;
  }
  return table;
}

function makeCrc64Tables(): { low: Int32Array; high: Int32Array } {
  const low = new Int32Array(4 * 256);
  const high = new Int32Array(4 * 256);
  const polynomial = 0xc96c5795d7870f42n;
  for (let byte = 0; byte < 256; byte++) {
    let crc = BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ polynomial : crc >> 1n;
    low[byte] = Number(crc & 0xffffffffn);
    high[byte] = Number(crc >> 32n);
  }
  for (let i = 256; i < low.length; i++) {
    const before = low[i - 256] as number;
    const index = before & 255;
    low[i] = ((before >>> 8) | ((high[i - 256] as number) << 24)) ^ (low[index] as number);
    high[i] = ((high[i - 256] as number) >>> 8) ^ (high[index] as number);
  }
  return { low, high };
}
