import { closeSync, existsSync, fdatasyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { Counts } from './scoring/spec.ts';
import type { Tally } from './scoring/tally.ts';
import type { OutputColumn } from './sinks/index.ts';
import type { Place } from './sources/index.ts';
import { spaceErrors } from './space.ts';

/** What a job is: another one with the same digest writes the same bytes. */
export interface Planned {
  readonly kind: 'plan';
  /** Tells two runs of one job apart. */
  readonly run: string;
  /** SHA-256 of model, inputs and options. */
  readonly identity: string;
  readonly executor: 'compiled' | 'onnx';
  readonly measured: Readonly<Record<string, number>>;
  readonly columns: readonly OutputColumn[];
}

/** A piece whose answers are in the draft. */
export interface Committed {
  readonly kind: 'piece';
  readonly index: number;
  readonly output: number;
  readonly input: number;
  readonly next: Place;
  readonly share: number;
  /** Bytes of the draft of the output before and behind it. */
  readonly at: number;
  readonly end: number;
  /** SHA-256 of the draft up to `end`. */
  readonly sha256: string;
  readonly rejectsEnd: number;
  readonly rejectsSha256: string;
  readonly counts: Counts;
  readonly about: unknown;
  readonly warned: number;
  readonly warnings: readonly string[];
  readonly tallies: Readonly<Record<string, Tally>>;
}

/** An input that was read to its end. */
export interface InputRead {
  readonly kind: 'input';
  readonly output: number;
  readonly input: number;
}

/** An output that is complete. */
export interface OutputWritten {
  readonly kind: 'output';
  readonly output: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** Everything is written; only the names are missing. */
export interface Finished {
  readonly kind: 'finished';
}

export type Entry = Planned | Committed | InputRead | OutputWritten | Finished;

/** The manifest of a job: a line for each step that is done. A line that a kill tore is as good as none. */
export class Journal {
  readonly #path: string;
  readonly #handle: number;
  #end: number;

  /** Goes on behind the first `length` bytes. */
  constructor(path: string, length: number) {
    this.#path = path;
    this.#handle = openSync(path, existsSync(path) ? 'r+' : 'w+');
    ftruncateSync(this.#handle, length);
    this.#end = length;
  }

  add(entry: Entry): void {
    const bytes = Buffer.from(`${JSON.stringify(entry)}\n`);
    spaceErrors(this.#path, () => {
      for (let at = 0; at < bytes.length;) at += writeSync(this.#handle, bytes, at, bytes.length - at, this.#end + at);
    });
    this.#end += bytes.length;
  }

  sync(): void {
    spaceErrors(this.#path, () => fdatasyncSync(this.#handle));
  }

  close(): void {
    closeSync(this.#handle);
  }
}

/** The entries of a journal, each with the length of the file up to it. */
export function readJournal(path: string): readonly { readonly entry: Entry; readonly end: number }[] {
  if (!existsSync(path)) return [];
  const entries: { entry: Entry; end: number }[] = [];
  let end = 0;
  const lines = readFileSync(path, 'utf8').split('\n');
  // Behind the last line end stands nothing, or a line that was cut off.
  for (const line of lines.slice(0, -1)) {
    end += Buffer.byteLength(line) + 1;
    try {
      entries.push({ entry: JSON.parse(line) as Entry, end });
    } catch {
      break;
    }
  }
  return entries;
}
