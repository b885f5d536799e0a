/** Stands between two chunks of which the second is not there yet. */
export const PAUSE = Symbol('pause');

/** Files and busy pipes deliver faster, so their batches get full. */
const PAUSE_MS = 10;

/** The chunks, and a mark wherever the next one is not there within 10 ms. */
export async function* withPauses<T>(chunks: AsyncIterable<T>): AsyncGenerator<T | typeof PAUSE> {
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    while (true) {
      const next = iterator.next();
      // It may fail while the consumer is busy with a pause; it is awaited, and thrown, right after that.
      next.catch(() => undefined);
      if (await isLate(next)) yield PAUSE;
      const result = await next;
      if (result.done) return;
      yield result.value;
    }
  } finally {
    await iterator.return?.();
  }
}

async function isLate(next: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const pause = new Promise<true>((resolve) => (timer = setTimeout(resolve, PAUSE_MS, true)));
  const settled = () => false;
  const late = await Promise.race([next.then(settled, settled), pause]);
  clearTimeout(timer);
  return late;
}
