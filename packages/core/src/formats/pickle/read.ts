import { defaultLimits, type Limits } from '../limits/index.ts';
import type { Plain } from '../python/index.ts';
import { Cursor } from './cursor.ts';
import { PickleMachine, type PickleHooks } from './machine.ts';

/** What one pickle holds. */
export interface PickleContent {
  readonly value: Plain;
  /** Every class and function that the pickle refers to, by dotted path, and how often. Names only; see `refuseDangerous`. */
  readonly globals: ReadonlyMap<string, number>;
  /** 0 to 5; 0 also stands for 1, which does not say its number. */
  readonly protocol: number;
  /** Whether bytes follow the end of the pickle. They are not read. */
  readonly trailing: boolean;
}

/**
 * Reads the first pickle of `bytes` as data, whatever protocol; nothing in it is executed.
 *
 * Arrays and bytes of the result are views on `bytes`.
 * @see https://docs.python.org/3/library/pickle.html
 */
export function readPickle(bytes: Uint8Array, limits: Limits = defaultLimits, hooks: PickleHooks = {}): PickleContent {
  const cursor = new Cursor(bytes, limits);
  const machine = new PickleMachine(cursor, hooks);
  const value = machine.run();
  return { value, globals: machine.names.counts, protocol: machine.protocol, trailing: cursor.remaining > 0 };
}
