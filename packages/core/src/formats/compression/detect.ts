/** Compressed streams that people wrap models in; joblib writes each of them by `compress=`. */
export type Compression = 'zlib' | 'gzip' | 'bz2' | 'xz' | 'lzma' | 'lz4';

/** The second byte of a zlib header after 0x78: no compression to best, without a preset dictionary. */
const zlibLevels = [0x01, 0x5e, 0x9c, 0xda];

const magic: readonly (readonly [Compression, readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['bz2', [0x42, 0x5a, 0x68]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['lz4', [0x04, 0x22, 0x4d, 0x18]],
];

/** What the first bytes say; undefined when they begin no compressed stream. */
export function detectCompression(bytes: Uint8Array): Compression | undefined {
  for (const [kind, start] of magic) if (start.every((byte, i) => bytes[i] === byte)) return kind;
  if (bytes[0] === 0x78 && zlibLevels.includes(bytes[1] ?? -1)) return 'zlib';
  return isLzmaAlone(bytes) ? 'lzma' : undefined;
}

/** `.lzma` has no magic: properties of (lc 3, lp 0, pb 2), then a dictionary size of 2^n or 3 × 2^n, as liblzma itself checks. */
function isLzmaAlone(bytes: Uint8Array): boolean {
  if (bytes.length < 13 || bytes[0] !== 0x5d) return false;
  const dictionary = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1, true);
  if (dictionary === 0xffffffff) return true;
  const power = 31 - Math.clz32(dictionary);
  return dictionary >= 4096 && (dictionary === 2 ** power || dictionary === 2 ** power + 2 ** (power - 1));
}
