import { fail } from '@slipway/core/errors';
import { memberOf, stopOnSignals } from '../server/index.ts';
import { announce } from './announce.ts';
import type { Context } from './command.ts';
import { serverLog, serverSettings } from './listen.ts';

const MOST_WORKERS = 256;

/**
 * Serves in this process; where `--workers` asks for several, starts them and watches over them until a signal. The result is
 * the exit code.
 */
export async function sharePort(context: Context, serve: () => Promise<number>): Promise<number> {
  const member = memberOf();
  try {
    return member || workersOf(context) === 1 ? await serve() : await watchOver(context);
  } finally {
    member?.leave();
  }
}

function workersOf(context: Context): number {
  const { workers } = serverSettings(context);
  if (workers <= MOST_WORKERS) return workers;
  throw fail('USAGE', {
    problem: `--workers: expected at most ${MOST_WORKERS}, received ${workers}.`,
    advice: 'One for each processor is enough.',
  });
}

async function watchOver(context: Context): Promise<number> {
  const values = serverSettings(context);
  const log = serverLog(values);
  const { startWorkers } = await import('../server/workers/primary.ts');
  const primary = startWorkers({ count: values.workers, log });
  const stopped = stopOnSignals(() => primary.stop(), log);
  const started = await primary.started;
  if ('exitCode' in started) return started.exitCode;
  announce(context.terminal, context.json, started.ready, values.workers);
  await stopped;
  return 0;
}
