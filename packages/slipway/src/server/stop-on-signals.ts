import type { Log } from '../telemetry/index.ts';

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Waits for SIGTERM or SIGINT, then stops in order; resolves when `stop` is done. A second signal ends the process at
 * once, with the code that shells expect. `onAsked`: another way to be told.
 */
export function stopOnSignals(
  stop: () => Promise<void>,
  log: Log,
  onAsked?: (stop: () => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let isStopping = false;
    const onSignal = (signal: NodeJS.Signals) => {
      if (isStopping) process.exit(EXIT_CODES[signal as keyof typeof EXIT_CODES]);
      begin(signal);
    };
    const begin = (why: string) => {
      if (isStopping) return;
      isStopping = true;
      log.info('stopping', { signal: why });
      stop().then(() => {
        for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, onSignal);
        resolve();
      }, reject);
    };
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, onSignal);
    onAsked?.(() => begin('stop'));
  });
}
