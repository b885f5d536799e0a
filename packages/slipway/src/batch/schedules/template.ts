import { fail } from '@slipway/core/errors';

/** `{date}` and its parts as they are at a moment in a time zone. */
export function fillTemplate(text: string, at: Date, timezone: string): string {
  return text.replaceAll(/\{([a-z_]*)\}/g, (whole, name: string) => {
    // A pattern such as {a,b} is none of ours, and neither is a word that has no meaning here.
    const value = partsOf(at, timezone)[name];
    if (value !== undefined) return value;
    const known = Object.keys(partsOf(at, timezone)).map((part) => `{${part}}`);
    throw fail('USAGE', { problem: `${whole} is no template.`, advice: `There are ${known.join(', ')}.` });
  });
}

function partsOf(at: Date, timezone: string): Readonly<Record<string, string>> {
  const now = calendar(at, timezone);
  const before = calendar(new Date(at.getTime() - 24 * 3_600_000), timezone);
  return {
    date: `${now.year}-${now.month}-${now.day}`,
    time: `${now.hour}${now.minute}`,
    year: now.year,
    month: now.month,
    day: now.day,
    hour: now.hour,
    week: weekOf(Number(now.year), Number(now.month), Number(now.day)),
    yesterday: `${before.year}-${before.month}-${before.day}`,
  };
}

interface Calendar {
  readonly year: string;
  readonly month: string;
  readonly day: string;
  readonly hour: string;
  readonly minute: string;
}

function calendar(at: Date, timeZone: string): Calendar {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const part = (name: string) => parts[name] ?? '';
  return { year: part('year'), month: part('month'), day: part('day'), hour: part('hour'), minute: part('minute') };
}

/** `2026-W47`: ISO 8601, the week belongs to the year of its Thursday. */
function weekOf(year: number, month: number, day: number): string {
  const date = new Date(Date.UTC(year, month - 1, day));
  date.setUTCDate(date.getUTCDate() + 4 - (date.getUTCDay() || 7));
  const first = Date.UTC(date.getUTCFullYear(), 0, 1);
  const week = Math.ceil(((date.getTime() - first) / 86_400_000 + 1) / 7);
  return `${date.getUTCFullYear()}-W${String(week).padStart(2, '0')}`;
}
