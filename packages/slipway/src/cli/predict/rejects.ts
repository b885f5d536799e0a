import { closeSync, openSync, writeSync } from 'node:fs';
import type { Rejected } from '@slipway/core/signature';
import type { Terminal } from '../terminal.ts';

/** So many rejected rows are shown one by one; a file takes all of them. */
const mostShown = 20;

/** Keeps account of rows that were left out. */
export class Rejects {
  readonly #terminal: Terminal;
  readonly #file: number | undefined;
  count = 0;

  constructor(terminal: Terminal, path: string | undefined) {
    this.#terminal = terminal;
    this.#file = path === undefined ? undefined : openSync(path, 'w');
  }

  readonly add = ({ row, line, error }: Rejected): void => {
    this.count++;
    if (this.#file !== undefined) {
      writeSync(this.#file, `${JSON.stringify({ row, line, error: error.message, errors: error.errors })}\n`);
    } else if (this.count <= mostShown) {
      this.#terminal.say(`rejected: ${error.message}`);
    } else if (this.count === mostShown + 1) {
      this.#terminal.say('rejected: … (--rejects FILE takes all of them)');
    }
  };

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }
}
