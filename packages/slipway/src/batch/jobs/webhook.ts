import { setTimeout as wait } from 'node:timers/promises';
import { jobFacts, type Job } from '../../jobs/index.ts';

const TRIES = 3;
const TIMEOUT_MS = 10_000;
const PAUSE_MS = 1000;

/** Tells an address of the end of a job. Gives what went wrong, undefined when it was told. */
export async function callWebhook(url: string, job: Job, pauseMs = PAUSE_MS): Promise<string | undefined> {
  let problem: string | undefined;
  for (let tries = 0; tries < TRIES; tries++) {
    if (tries > 0) await wait(pauseMs * 4 ** (tries - 1), undefined, { ref: false });
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ event: `job.${job.state}`, job: jobFacts(job) }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
        redirect: 'error',
      });
      await response.body?.cancel();
      if (response.ok) return undefined;
      problem = `it answered ${response.status}`;
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
  }
  return problem;
}
