import { fail } from '@slipway/core/errors';
import type { Call } from '@slipway/core/protocols';
import type { Cors } from './cors.ts';

const LOOPBACK_HOST = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;
const LOOPBACK_ORIGIN = /^https?:\/\/(localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;
/** A proxy sets one of these; then the request comes from elsewhere, whatever the socket says. */
const FORWARDING = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-forwarded-server',
  'x-real-ip',
  'via',
];

/**
 * Keeps a server that is open to this machine closed to web pages and to whatever a proxy lets through.
 *
 * A page of another site can make a browser send requests to 127.0.0.1 (they carry its `Origin`) or point its own name
 * there (DNS rebinding: they carry its `Host`).
 */
export function refuseForeign(call: Pick<Call, 'header'>, cors?: Cors): void {
  const host = call.header('host');
  if (host !== undefined && !isLoopbackHost(host)) throw forbidden('Host', host);
  const origin = call.header('origin');
  // `*` means pages that have a key; to a server without keys it would let every page in.
  if (origin !== undefined && !LOOPBACK_ORIGIN.test(origin) && !cors?.names(origin)) throw forbidden('Origin', origin);
  for (let i = 0; i < FORWARDING.length; i++) {
    const name = FORWARDING[i] as string;
    const value = call.header(name);
    if (value !== undefined) throw forbidden(name, value);
  }
}

let lastHost = 'localhost';

/** Clients send the same host again and again. */
export function isLoopbackHost(host: string): boolean {
  if (host === lastHost) return true;
  if (!LOOPBACK_HOST.test(host)) return false;
  lastHost = host;
  return true;
}

/** True for names and addresses that only this machine reaches. */
export function isLoopbackAddress(host: string): boolean {
  return LOOPBACK_HOST.test(host.includes(':') && !host.startsWith('[') ? `[${host}]` : host);
}

function forbidden(header: string, value: string) {
  return fail('FORBIDDEN_ORIGIN', { header, value: value.slice(0, 100) });
}
