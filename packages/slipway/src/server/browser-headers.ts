import type { Reply } from '@slipway/core/protocols';
import { preflight, type Cors } from './cors.ts';
import type { HttpCall } from './http-call.ts';
import { isLoopbackHost } from './origin-guard.ts';

/** A year, as lists of such hosts ask for. */
const HSTS = ['strict-transport-security', 'max-age=31536000'];

/**
 * Adds what browsers want to know on every answer. The reply to a preflight, where this is one: it never carries a key, so it
 * is answered before anybody asks for one.
 */
export function addBrowserHeaders(call: HttpCall, isSecure: boolean, cors: Cors | undefined): Reply | undefined {
  // On localhost it would hold for the servers on all other ports too.
  if (isSecure && !isLoopbackHost(call.header('host') ?? 'localhost')) call.extraHeaders.push(...HSTS);
  if (!cors) return undefined;
  const origin = call.header('origin');
  if (origin === undefined) return undefined;
  call.extraHeaders.push(...cors.headers(origin));
  const headers = preflight(cors, call);
  return headers && { status: 204, headers, body: '' };
}
