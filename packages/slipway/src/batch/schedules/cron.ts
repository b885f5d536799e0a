import { Cron } from 'croner';
import { fail } from '@slipway/core/errors';

/** Words for the usual times; minutes past the hour keep them off the moment when everybody starts. */
const words: Readonly<Record<string, string>> = {
  hourly: '5 * * * *',
  daily: '0 2 * * *',
  weekly: '0 2 * * 1',
  monthly: '0 2 1 * *',
};

/** A pattern of times in a time zone. */
export interface Times {
  /** The first time after a moment; undefined: there is none. */
  next(after: Date): Date | undefined;
}

/** `weekly` → `0 2 * * 1`; five fields stay as they are. */
export function cronOf(text: string): string {
  return Object.hasOwn(words, text) ? (words[text] as string) : text.trim();
}

/** Reads a pattern; USAGE names what is wrong. */
export function timesOf(cron: string, timezone: string): Times {
  if (cron.split(/\s+/).length !== 5)
    throw usage(`${JSON.stringify(cron)} is no pattern of times: five fields are expected.`);
  try {
    // Never started: only its arithmetic of calendars and time zones is used.
    const pattern = new Cron(cron, { timezone, paused: true, mode: '5-part' });
    pattern.nextRun(new Date(0));
    return { next: (after) => pattern.nextRun(after) ?? undefined };
  } catch (cause) {
    const zones = /time ?zone/i.test(String(cause)) || !isZone(timezone);
    if (zones)
      throw usage(`${JSON.stringify(timezone)} is no time zone.`, 'Write for example --timezone Europe/Berlin.');
    throw usage(
      `${JSON.stringify(cron)} is no pattern of times: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
  }
}

function isZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== '';
  } catch {
    return false;
  }
}

function usage(
  problem: string,
  advice = 'Write minute, hour, day of month, month, day of week: "0 2 * * 1"; or hourly, daily, weekly, monthly.',
) {
  return fail('USAGE', { problem, advice });
}
