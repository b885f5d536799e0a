import { parseSetting } from './kinds.ts';

/** Milliseconds of `500ms`, `30s`, `90d`; `wrong` makes the error of whoever asks from what is wrong. */
export function readDuration(
  name: string,
  text: string | undefined,
  wrong: (problem: string) => Error,
): number | undefined {
  if (text === undefined) return undefined;
  const parsed = parseSetting('duration', text);
  if (parsed.expected === undefined) return parsed.value as number;
  throw wrong(`${name}: expected ${parsed.expected}, received ${JSON.stringify(text.slice(0, 80))}.`);
}
