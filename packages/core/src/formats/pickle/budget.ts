import { fail } from '../../errors/index.ts';
import { readableSize, type Limits } from '../limits/index.ts';

/** Copies of parts of the file that a pickle may ask for: honest ones need each byte at most once. */
const COPIES = 4;
const FREE_COPY = 1024 * 1024;

/** What a pickle has used so far of what its limits allow; nested streams share it. */
export class Budget {
  #objects = 0;
  #copied = 0;
  readonly #mostObjects: number;
  readonly #mostCopied: number;

  constructor(limits: Limits, inputBytes: number) {
    this.#mostObjects = limits.objects;
    this.#mostCopied = inputBytes * COPIES + FREE_COPY;
  }

  /** Counts new containers and objects. */
  object(count = 1): void {
    this.#objects += count;
    if (this.#objects > this.#mostObjects) {
      throw fail('LIMIT_EXCEEDED', { format: 'pickle', what: 'the number of objects', limit: `${this.#mostObjects}` });
    }
  }

  /** Counts bytes that are copied instead of viewed: one long string in the memo could otherwise be copied without end. */
  copy(bytes: number): void {
    this.#copied += bytes;
    if (this.#copied > this.#mostCopied) {
      throw fail('LIMIT_EXCEEDED', {
        format: 'pickle',
        what: 'the copied data',
        limit: readableSize(this.#mostCopied),
      });
    }
  }
}
