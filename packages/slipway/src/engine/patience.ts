/** A queue that has not been empty for so long is no burst any more: more comes than can be answered. */
const STANDING_MS = 100;
/** What then may wait, so that those who get in are answered while they still listen. */
const OVERLOADED_MS = 200;
/** As many may always wait, as long as a burst may: a client with a pool of connections on a slow machine is no overload. */
const FEW = 64;

/**
 * How long the last one in a queue may have to wait, in milliseconds: `burstMs` while the queue is emptied now and then, much
 * less once it stands. A queue that stands only makes everybody late: the same number is answered with a short one.
 * @see https://queue.acm.org/detail.cfm?id=2209336 (controlled delay)
 */
export function patienceMs(standsForMs: number, waiting: number, burstMs: number): number {
  return standsForMs < STANDING_MS || waiting < FEW ? burstMs : Math.min(burstMs, OVERLOADED_MS);
}
