import { createHash, type Hash } from 'node:crypto';
import { closeSync, existsSync, fdatasyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { spaceErrors } from './space.ts';

const READ_BYTES = 2 ** 20;

/** A file that grows, with the digest of what is in it so far. */
export class Draft {
  readonly path: string;
  readonly #handle: number;
  #hash: Hash = createHash('sha256');
  end = 0;

  constructor(path: string) {
    this.path = path;
    this.#handle = openSync(path, existsSync(path) ? 'r+' : 'w+');
  }

  write(bytes: Uint8Array): void {
    spaceErrors(this.path, () => {
      for (let at = 0; at < bytes.length;) at += writeSync(this.#handle, bytes, at, bytes.length - at, this.end + at);
    });
    this.#hash.update(bytes);
    this.end += bytes.length;
  }

  /** Of all bytes so far. */
  get sha256(): string {
    return this.#hash.copy().digest('hex');
  }

  /**
   * Goes on with what is there: reads it up to each mark in turn, as long as the digest is right, and cuts the rest off.
   * Returns how many marks were right.
   */
  resume(marks: readonly { readonly end: number; readonly sha256: string }[]): number {
    let right = 0;
    let [end, hash] = [0, createHash('sha256')];
    for (const mark of marks) {
      const next = hash.copy();
      if (!this.#read(end, mark.end, next) || next.copy().digest('hex') !== mark.sha256) break;
      [end, hash] = [mark.end, next];
      right++;
    }
    this.cut(end, hash);
    return right;
  }

  /** Keeps only the beginning, whose digest is known. */
  cut(end: number, hash: Hash = createHash('sha256')): void {
    ftruncateSync(this.#handle, end);
    this.end = end;
    this.#hash = hash;
  }

  sync(): void {
    spaceErrors(this.path, () => fdatasyncSync(this.#handle));
  }

  close(): void {
    closeSync(this.#handle);
  }

  #read(from: number, to: number, hash: Hash): boolean {
    const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, Math.max(0, to - from)));
    for (let at = from; at < to;) {
      const read = readSync(this.#handle, buffer, 0, Math.min(buffer.length, to - at), at);
      if (read === 0) return false;
      hash.update(buffer.subarray(0, read));
      at += read;
    }
    return true;
  }
}

/** SHA-256 of a file; undefined when there is none. */
export function digestOf(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  const handle = openSync(path, 'r');
  try {
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    for (
      let read = readSync(handle, buffer, 0, READ_BYTES, null);
      read > 0;
      read = readSync(handle, buffer, 0, READ_BYTES, null)
    )
      hash.update(buffer.subarray(0, read));
    return hash.digest('hex');
  } finally {
    closeSync(handle);
  }
}
