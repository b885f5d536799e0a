import type { Log } from '../telemetry/index.ts';

/** Work that is looked for again and again while a server runs. */
export interface Repeated extends AsyncDisposable {
  /** There is something to do now. */
  wake(): void;
  readonly isOver: boolean;
}

const EVERY_MS = 1000;

/** Calls `work` at once, after each `wake`, and every second for what other processes left; never twice at a time. */
export function repeat(what: string, log: Log, work: (self: Repeated) => Promise<void>): Repeated {
  let isAwake = true;
  let isOver = false;
  let working: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    while (isAwake && !isOver) {
      isAwake = false;
      await work(self);
    }
  };
  const self: Repeated = {
    wake() {
      isAwake = true;
      working ??= run()
        .catch((error: unknown) => log.error('work paused', { what, error }))
        .finally(() => (working = undefined));
    },
    get isOver() {
      return isOver;
    },
    async [Symbol.asyncDispose]() {
      isOver = true;
      clearInterval(timer);
      await working;
    },
  };
  const timer = setInterval(() => self.wake(), EVERY_MS);
  timer.unref();
  self.wake();
  return self;
}
