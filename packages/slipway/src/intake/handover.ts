import { writeSync } from 'node:fs';
import type { Readable } from 'node:stream';

/** Names and sizes of files, in the order in which their bytes come. */
export type FileSizes = readonly (readonly [name: string, size: number])[];

/** Descriptor of the pipe that the importing process writes files to. */
export const filesPipe = 4;

export function sizesOf(files: ReadonlyMap<string, Uint8Array>): FileSizes {
  return [...files].map(([name, bytes]) => [name, bytes.byteLength]);
}

/** Writes the bytes of all files, and nothing between them. As part of a message they would be copied three times. */
export function writeFiles(files: ReadonlyMap<string, Uint8Array>): void {
  for (const bytes of files.values()) {
    for (let at = 0; at < bytes.byteLength;) at += writeSync(filesPipe, bytes, at);
  }
}

/** Reads a pipe from now on. Once sizes are given, `done` gets the files when the last byte is there, and never without. */
export function receiveFiles(
  pipe: Readable,
): (sizes: FileSizes, done: (files: Map<string, Uint8Array>) => void) => void {
  /** What came before the sizes did. */
  const early: Uint8Array[] = [];
  let take = (chunk: Uint8Array): void => void early.push(chunk);
  pipe.on('data', (chunk: Uint8Array) => take(chunk));
  return (sizes, done) => {
    const files = new Map(sizes.map(([name, size]) => [name, new Uint8Array(size)]));
    const open = [...files.values()].filter(({ byteLength }) => byteLength > 0);
    let at = 0;
    take = (chunk) => {
      for (let from = 0; from < chunk.byteLength && open[0];) {
        const count = Math.min(chunk.byteLength - from, open[0].byteLength - at);
        open[0].set(chunk.subarray(from, from + count), at);
        from += count;
        at += count;
        if (at < open[0].byteLength) continue;
        open.shift();
        at = 0;
      }
      // Gives the memory back at once; otherwise as much again as all files have would wait for the garbage collector.
      if (chunk.buffer instanceof ArrayBuffer && chunk.buffer.byteLength === chunk.byteLength) chunk.buffer.transfer(0);
      if (!open.length) done(files);
    };
    // Empty files alone need no byte to come.
    for (const chunk of early.length || open.length ? early.splice(0) : [new Uint8Array(0)]) take(chunk);
  };
}
