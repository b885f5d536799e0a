import { gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { fail, SlipwayError } from '@slipway/core/errors';
import type { Inflate } from '@slipway/core/formats';
import { readableSize } from '@slipway/core/formats/limits';

type Inflater = (bytes: Uint8Array, options: { maxOutputLength: number; chunkSize: number }) => Uint8Array;

/** Fewer, larger chunks are faster; one chunk is the least that an inflate costs. */
const MOST_CHUNK = 1024 * 1024;
const LEAST_CHUNK = 16 * 1024;

/** Deflate by Node's zlib, stopped at the limit. */
export const nodeInflate: Inflate = {
  zlib: (bytes, maxOutput) => inflate('zlib', inflateSync, bytes, maxOutput),
  gzip: (bytes, maxOutput) => inflate('gzip', gunzipSync, bytes, maxOutput),
  raw: (bytes, maxOutput) => inflate('deflate', inflateRawSync, bytes, maxOutput),
};

function inflate(format: string, inflater: Inflater, bytes: Uint8Array, maxOutput: number): Uint8Array {
  // Node accepts no limit of 0, and nothing at all is a damaged stream anyway.
  if (bytes.length === 0) throw damaged(format, 'the compressed data is missing');
  const chunkSize = Math.min(MOST_CHUNK, Math.max(LEAST_CHUNK, bytes.length * 4));
  try {
    const output = inflater(bytes, { maxOutputLength: Math.max(1, maxOutput), chunkSize });
    if (output.length > maxOutput) throw tooLarge(format, maxOutput);
    // A Buffer's own `slice` shares memory; core expects a plain Uint8Array.
    return new Uint8Array(output.buffer, output.byteOffset, output.length);
  } catch (error) {
    if (error instanceof SlipwayError) throw error;
    const { code } = error as { code?: string };
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(format, maxOutput);
    throw damaged(
      format,
      code === 'Z_BUF_ERROR' ? 'the compressed data ends too early' : 'the compressed data is damaged',
      error,
    );
  }
}

function tooLarge(format: string, maxOutput: number) {
  return fail('LIMIT_EXCEEDED', { format, what: 'the decompressed data', limit: readableSize(maxOutput) });
}

function damaged(format: string, problem: string, cause?: unknown) {
  return fail('CORRUPT_FILE', { format, problem }, { cause });
}
