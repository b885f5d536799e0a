/**
 * Deflate decompression that the platform gives: Node has it natively, browsers take `portableInflate`.
 *
 * Each function takes one compressed stream from the front of `bytes` and verifies its checksum. It must stop as soon as
 * the output would exceed `maxOutput` bytes, and then throws LIMIT_EXCEEDED; damaged input throws CORRUPT_FILE.
 */
export interface Inflate {
  /** RFC 1950 with Adler-32. */
  zlib(bytes: Uint8Array, maxOutput: number): Uint8Array;
  /** RFC 1952 with CRC-32; several members in a row are one output. */
  gzip(bytes: Uint8Array, maxOutput: number): Uint8Array;
  /** RFC 1951: a bare deflate stream, as in zip archives. */
  raw(bytes: Uint8Array, maxOutput: number): Uint8Array;
}
