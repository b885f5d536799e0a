import { fail } from '../../errors/index.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;

/** What a reader may spend on one file. Honest model files are far below every default; each value can be replaced. */
export interface Limits {
  /** Bytes of the file itself. */
  readonly inputBytes: number;
  /** Bytes after decompression, whatever the ratio. */
  readonly inflatedBytes: number;
  /** Bytes after decompression that are always allowed, so that small files may compress well. */
  readonly inflatedFloorBytes: number;
  /** Decompressed bytes per compressed byte above the floor. */
  readonly inflatedRatio: number;
  /** Opcodes of a pickle, nested streams included. */
  readonly opcodes: number;
  /** Values on the pickle stack. */
  readonly stack: number;
  /** Memo entries of a pickle. */
  readonly memo: number;
  /** Lists, dict entries, tuples, names and objects of a pickle; it bounds memory, because one opcode of one byte makes one. */
  readonly objects: number;
  /** Bytes of one string. */
  readonly stringBytes: number;
  /** Bytes of one integer. */
  readonly integerBytes: number;
  /** Pickles inside pickles (joblib's object arrays). */
  readonly nestedPickles: number;
  /** Steps from the root that a walk over plain data may go down. */
  readonly walkDepth: number;
  /** Entries of a zip or tar archive. */
  readonly archiveEntries: number;
}

/** The limits of a server or a command line; browsers and lambdas pass a smaller `inputBytes`. */
export const defaultLimits: Limits = {
  inputBytes: 2 * GiB,
  inflatedBytes: 2 * GiB,
  inflatedFloorBytes: 64 * MiB,
  inflatedRatio: 200,
  opcodes: 50_000_000,
  stack: 5_000_000,
  memo: 5_000_000,
  objects: 5_000_000,
  stringBytes: 256 * MiB,
  integerBytes: 4096,
  nestedPickles: 4,
  walkDepth: 200,
  archiveEntries: 65_536,
};

/** Most bytes that so many compressed bytes may become: min(inflatedBytes, max(floor, ratio × compressed)). */
export function inflatedLimit(limits: Limits, compressedBytes: number): number {
  return Math.min(limits.inflatedBytes, Math.max(limits.inflatedFloorBytes, limits.inflatedRatio * compressedBytes));
}

/** Refuses a file that is larger than the limit, before anything is read. */
export function checkInputSize(bytes: Uint8Array, limits: Limits): void {
  if (bytes.byteLength > limits.inputBytes) {
    throw fail('LIMIT_EXCEEDED', { format: 'file', what: 'its size', limit: readableSize(limits.inputBytes) });
  }
}

/** `64 MiB`, `1.5 GiB`, `12 bytes`. */
export function readableSize(bytes: number): string {
  if (bytes >= GiB) return `${trim(bytes / GiB)} GiB`;
  if (bytes >= MiB) return `${trim(bytes / MiB)} MiB`;
  if (bytes >= KiB) return `${trim(bytes / KiB)} KiB`;
  return `${bytes} bytes`;
}

function trim(value: number): string {
  return value.toFixed(1).replace(/\.0$/, '');
}
