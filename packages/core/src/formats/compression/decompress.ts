import { fail } from '../../errors/index.ts';
import { inflatedLimit, type Limits } from '../limits/index.ts';
import { decompressBzip2 } from './bzip2.ts';
import { detectCompression, type Compression } from './detect.ts';
import { decompressLz4 } from './lz4.ts';
import { decompressLzmaAlone } from './lzma-alone.ts';
import type { Inflate } from './port.ts';
import { decompressXz } from './xz.ts';

/** Bytes as they are inside their compression. */
export interface Decompressed {
  readonly bytes: Uint8Array;
  /** From the outside in: `['gzip']`; empty when nothing was compressed. */
  readonly layers: readonly Compression[];
}

/** gzip around joblib's own compression happens; more is a bomb. */
const MOST_LAYERS = 2;

/** Takes off compression that the first bytes show, within the limits; other bytes come back as they are. */
export function decompress(bytes: Uint8Array, inflate: Inflate, limits: Limits): Decompressed {
  const layers: Compression[] = [];
  const most = inflatedLimit(limits, bytes.length);
  let current = bytes;
  for (;;) {
    const kind = detectCompression(current);
    if (!kind) return { bytes: current, layers };
    if (layers.length === MOST_LAYERS) {
      throw fail('LIMIT_EXCEEDED', {
        format: kind,
        what: 'the number of compressions around each other',
        limit: `${MOST_LAYERS}`,
      });
    }
    layers.push(kind);
    current = decompressOne(kind, current, most, inflate);
  }
}

/** Decompresses one stream of a known kind to at most `maxOutput` bytes, verifying its checksums. */
export function decompressOne(kind: Compression, bytes: Uint8Array, maxOutput: number, inflate: Inflate): Uint8Array {
  switch (kind) {
    case 'zlib':
      return inflate.zlib(bytes, maxOutput);
    case 'gzip':
      return inflate.gzip(bytes, maxOutput);
    case 'bz2':
      return decompressBzip2(bytes, maxOutput);
    case 'xz':
      return decompressXz(bytes, maxOutput);
    case 'lzma':
      return decompressLzmaAlone(bytes, maxOutput);
    case 'lz4':
      return decompressLz4(bytes, maxOutput);
  }
}
