import { fail } from '../../errors/index.ts';

/** One file of an archive. */
export interface ArchiveEntry {
  /** Relative path with `/`, checked to stay inside. */
  readonly name: string;
  /** Bytes when unpacked. */
  readonly size: number;
  /** Unpacks the entry and verifies its checksum, if it has one. */
  read(): Uint8Array;
}

/** The files of a zip or tar archive by name. Folders are left out. */
export class Archive {
  readonly entries: ReadonlyMap<string, ArchiveEntry>;
  readonly #format: string;

  constructor(format: string, entries: readonly ArchiveEntry[]) {
    this.#format = format;
    this.entries = new Map(entries.map((entry) => [entry.name, entry]));
  }

  get names(): readonly string[] {
    return [...this.entries.keys()];
  }

  has(name: string): boolean {
    return this.entries.has(name);
  }

  /** Unpacks a file; one that is not there is an error. */
  read(name: string): Uint8Array {
    const entry = this.entries.get(name);
    if (!entry) throw fail('CORRUPT_FILE', { format: this.#format, problem: `the archive lacks the file "${name}"` });
    return entry.read();
  }

  /** The files as functions that unpack them. */
  files(): ReadonlyMap<string, () => Uint8Array> {
    return new Map([...this.entries].map(([name, entry]) => [name, () => entry.read()]));
  }
}
