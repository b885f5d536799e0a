import { randomBytes } from 'node:crypto';

/** Twelve random digits of this process, then a count: unique, sortable within the process, and cheap. */
const prefix = randomBytes(6).toString('hex');
let count = 0;

/** Keeps the id that came with a request when it is harmless in headers and logs, else makes one. */
export function nextRequestId(given: string | undefined): string {
  if (given !== undefined && /^[A-Za-z0-9._:/+=@-]{1,128}$/.test(given)) return given;
  return `${prefix}-${(++count).toString(36)}`;
}
