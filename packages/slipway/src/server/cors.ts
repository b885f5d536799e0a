import { fail } from '@slipway/core/errors';
import type { Call } from '@slipway/core/protocols';

/** The pages that may call the server from browsers. Nobody else's browser shows its page what the server answered. */
export interface Cors {
  /** Whether pages of this origin may. */
  allows(origin: string): boolean;
  /** Whether it was named, rather than meant by `*`. */
  names(origin: string): boolean;
  /** Headers of every answer to a request that came with this origin. */
  headers(origin: string): readonly string[];
}

/** What pages may read of an answer beside the plain ones. */
const EXPOSED = 'x-request-id, x-slipway-model, x-slipway-digest, x-slipway-warning, retry-after, www-authenticate';
const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE';
/** Browsers ask again after this many seconds. */
const MAX_AGE = '600';

/**
 * Reads `https://app.example, http://localhost:3000` or `*`; undefined for nothing: then there is no such header at all.
 *
 * Credentials of browsers (cookies, passwords they remember) are never allowed: a page sends its key itself, in a header.
 */
export function readCors(text: string | undefined): Cors | undefined {
  const given = (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (given.length === 0) return undefined;
  const named = new Set(given.filter((origin) => origin !== '*').map(checked));
  const isAll = given.includes('*');
  const shared = ['access-control-expose-headers', EXPOSED];
  return {
    allows: (origin) => isAll || named.has(origin.toLowerCase()),
    names: (origin) => named.has(origin.toLowerCase()),
    headers: (origin) =>
      isAll
        ? ['access-control-allow-origin', '*', ...shared]
        : named.has(origin.toLowerCase())
          ? ['access-control-allow-origin', origin, 'vary', 'origin', ...shared]
          : ['vary', 'origin'],
  };
}

/** The headers of the answer to a preflight; undefined for what is none, or comes from a page that may not call. */
export function preflight(cors: Cors, call: Call): readonly string[] | undefined {
  const origin = call.header('origin');
  if (call.method !== 'OPTIONS' || origin === undefined || !cors.allows(origin)) return undefined;
  if (call.header('access-control-request-method') === undefined) return undefined;
  const asked = call.header('access-control-request-headers');
  const headers = asked !== undefined && /^[\w!#$%&'*+.^`|~, -]{1,1000}$/.test(asked) ? asked : 'content-type';
  return [
    'access-control-allow-methods',
    METHODS,
    'access-control-allow-headers',
    headers,
    'access-control-max-age',
    MAX_AGE,
  ];
}

/** `https://app.example:8443`, as browsers write it. */
function checked(origin: string): string {
  const text = origin.toLowerCase();
  if (/^https?:\/\/[a-z0-9.:[\]-]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text) return text;
  throw fail('USAGE', {
    problem: `--cors-origin: expected origins such as https://app.example, received ${JSON.stringify(origin.slice(0, 100))}.`,
    advice: 'Scheme, name and port, without a path; the port only where it is not that of the scheme.',
  });
}
