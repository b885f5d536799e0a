import { fail } from '@slipway/core/errors';
import type { Call } from '@slipway/core/protocols';

/** Bodies of these types hold no JSON, or have their own limits. */
const OTHER_TYPES =
  /^\s*(?:text\/csv|application\/(?:octet-stream|vnd\.apache\.)|image\/|audio\/|video\/|multipart\/)/i;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENS = 1;
const CLOSES = 2;
const QUOTES = 3;
/** What a byte does outside of strings: most do nothing, and one look at the table says so. */
const kinds = new Uint8Array(256);
for (const [text, kind] of [
  ['[{', OPENS],
  [']}', CLOSES],
  ['"', QUOTES],
] as const)
  for (const byte of Buffer.from(text)) kinds[byte] = kind;

/** TOO_LARGE when the JSON of a request is nested deeper than `max` levels. Asked before it is parsed. */
export function checkDepth(call: Pick<Call, 'header' | 'body'>, max: number): void {
  const { body } = call;
  // What is nested deeper and closed again is longer than this; what is not closed is no JSON.
  if (body.length <= 2 * max || !isDeeper(body, jsonLength(call), max)) return;
  throw fail(
    'TOO_LARGE',
    { what: 'The nesting of the JSON body', limit: `${max} levels` },
    { hint: 'Send flatter JSON, or start the server with a larger --max-json-depth.' },
  );
}

/** How many bytes of the body are JSON: those before the binary tensors, all of them, or none. */
function jsonLength(call: Pick<Call, 'header' | 'body'>): number {
  const { length } = call.body;
  const before = call.header('inference-header-content-length');
  if (before !== undefined && /^\d{1,15}$/.test(before)) return Math.min(Number(before), length);
  const type = call.header('content-type');
  return type !== undefined && type !== 'application/json' && OTHER_TYPES.test(type) ? 0 : length;
}

/** Whether brackets outside of strings are ever open `max + 1` deep. */
function isDeeper(body: Uint8Array, end: number, max: number): boolean {
  // Most bodies have fewer brackets than that in all: then strings need not be looked at.
  let opens = 0;
  for (let i = 0; i < end && opens <= max; i++) if (kinds[body[i] as number] === OPENS) opens++;
  if (opens <= max) return false;
  let depth = 0;
  for (let i = 0; i < end; i++) {
    switch (kinds[body[i] as number]) {
      case OPENS:
        if (++depth > max) return true;
        break;
      case CLOSES:
        depth--;
        break;
      case QUOTES:
        for (i++; i < end && body[i] !== QUOTE; i++) if (body[i] === BACKSLASH) i++;
        break;
      default:
    }
  }
  return false;
}
