import { setTimeout as wait } from 'node:timers/promises';
import type { Call } from '@slipway/core/protocols';
import { jobFacts, modelOf, type JobStore } from '../../jobs/index.ts';

const LOOK_MS = 500;
/** Proxies cut connections on which nothing is said. */
const QUIET_LOOKS = 30;

/**
 * Changes of jobs as server-sent events; `Last-Event-ID` goes on where a connection broke off.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export async function* jobEvents(jobs: JobStore, call: Call, isDraining: () => boolean): AsyncGenerator<string> {
  const before = call.header('last-event-id');
  let seen = before !== undefined && /^\d{1,15}$/.test(before) ? Number(before) : await jobs.lastSeq();
  yield 'retry: 1000\n\n';
  for (let quiet = 0; !isDraining() && !call.signal.aborted; quiet++) {
    let text = '';
    for (const job of await jobs.changedAfter(seen)) {
      seen = job.seq;
      if (call.may('read', modelOf(job.spec)))
        text += `id: ${job.seq}\nevent: job\ndata: ${JSON.stringify(jobFacts(job))}\n\n`;
    }
    if (text === '' && quiet >= QUIET_LOOKS) text = ': nothing new\n\n';
    if (text !== '') {
      quiet = 0;
      yield text;
    }
    try {
      await wait(LOOK_MS, undefined, { signal: call.signal, ref: false });
    } catch {
      return;
    }
  }
}
