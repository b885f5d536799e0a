import type { SlipwayError } from '@slipway/core/errors';
import type { Told } from './decoded.ts';

/** Collects the bad rows of a piece as JSON lines, and counts. */
export class Rejects implements Told {
  readonly #file: string;
  readonly #lines: string[] = [];
  rejected = 0;
  filtered = 0;

  constructor(file: string) {
    this.#file = file;
  }

  reject(place: { readonly line: number } | { readonly row: number }, error: SlipwayError): void {
    this.rejected++;
    const errors = error.errors?.map(({ path, expected, received }) => ({
      column: path.replace(/^rows\[\d+\]\.?/, ''),
      expected,
      received,
    }));
    const told = { file: this.#file, ...place, error: error.message, ...(errors ? { errors } : {}) };
    this.#lines.push(`${JSON.stringify(told)}\n`);
  }

  filter(rows: number): void {
    this.filtered += rows;
  }

  bytes(): Uint8Array {
    return Buffer.from(this.#lines.join(''));
  }
}
