import { fail } from '../../errors/index.ts';
import type { Plain } from '../python/index.ts';
import type { Cursor } from './cursor.ts';

/** Gaps that indices which count up may have: Python 2 begins at 1. */
const NEAR = 16;
/** Entries that no writer makes, but the format allows. */
const MOST_FAR = 100_000;

/** Stack, marks and memo of one pickle stream. Nothing below the last mark can be popped. */
export class PickleStack {
  readonly #values: Plain[] = [];
  readonly #marks: number[] = [];
  #fence = 0;
  /** Memo indices count up from 0 or 1; what does not lies in the map, so a giant index costs nothing. */
  readonly #memo: (Plain | undefined)[] = [];
  readonly #farMemo = new Map<number, Plain>();
  #memoized = 0;
  readonly #cursor: Cursor;

  constructor(cursor: Cursor) {
    this.#cursor = cursor;
  }

  push(value: Plain): void {
    this.#values.push(value);
    if (this.#values.length > this.#cursor.limits.stack) throw tooMuch('its stack', this.#cursor.limits.stack);
  }

  pop(): Plain {
    if (this.#values.length <= this.#fence) throw this.#underflow();
    return this.#values.pop() as Plain;
  }

  top(): Plain {
    if (this.#values.length <= this.#fence) throw this.#underflow();
    return this.#values[this.#values.length - 1] as Plain;
  }

  replaceTop(value: Plain): void {
    this.#values[this.#values.length - 1] = value;
  }

  mark(): void {
    this.#fence = this.#values.length;
    this.#marks.push(this.#fence);
    if (this.#marks.length > this.#cursor.limits.stack) throw tooMuch('its stack', this.#cursor.limits.stack);
  }

  /** Takes everything above the last mark, and the mark. */
  popToMark(): Plain[] {
    if (this.#marks.length === 0) throw this.#cursor.corrupt('an opcode needs a mark, and there is none');
    const items = this.#values.splice(this.#fence);
    this.#marks.pop();
    this.#fence = this.#marks.at(-1) ?? 0;
    return items;
  }

  /** The opcode POP drops a value, or the mark when that is on top. */
  drop(): void {
    if (this.#values.length > this.#fence) this.#values.pop();
    else this.popToMark();
  }

  memoize(index: number): void {
    const value = this.top();
    const memo = this.#memo;
    if (index < memo.length) {
      if (memo[index] === undefined) this.#memoized++;
      memo[index] = value;
    } else if (index <= memo.length + NEAR) {
      while (memo.length < index) memo.push(undefined);
      memo.push(value);
      this.#memoized++;
    } else {
      if (!this.#farMemo.has(index)) this.#memoized++;
      this.#farMemo.set(index, value);
      if (this.#farMemo.size > MOST_FAR) throw tooMuch('its memo', MOST_FAR);
    }
    if (memo.length > this.#cursor.limits.memo) throw tooMuch('its memo', this.#cursor.limits.memo);
  }

  /** The opcode MEMOIZE, which streams use alone, counts the entries. */
  memoizeNext(): void {
    this.memoize(this.#memoized);
  }

  recall(index: number): void {
    const value = index < this.#memo.length ? this.#memo[index] : this.#farMemo.get(index);
    if (value === undefined) throw this.#cursor.corrupt(`the memo has no entry ${index}`);
    this.push(value);
  }

  #underflow() {
    return this.#cursor.corrupt('an opcode needs a value, and the stack is empty');
  }
}

function tooMuch(what: string, limit: number) {
  return fail('LIMIT_EXCEEDED', { format: 'pickle', what, limit: `${limit} entries` });
}
