import { catalogue, type SlipwayError } from '../errors/index.ts';
import type { Reply } from './protocol.ts';

/** Seconds that a client waits before it tries again, unless the error knows better. */
const RETRY_AFTER = 1;

export function json(value: unknown, status = 200): Reply {
  return { status, headers: ['content-type', 'application/json'], body: JSON.stringify(value) };
}

export function text(body: string, type = 'text/plain; charset=utf-8', status = 200): Reply {
  return { status, headers: ['content-type', type], body };
}

/** RFC 9457, the form of errors on native and management routes. */
export function problem(error: SlipwayError, requestId: string): Reply {
  const headers = ['content-type', 'application/problem+json'];
  headers.push(...errorHeaders(error));
  return { status: error.status, headers, body: JSON.stringify({ ...error.toJSON(), request_id: requestId }) };
}

/** What belongs to a status on every wire: when to try again, how to authenticate. */
export function errorHeaders({ status, retryAfter }: SlipwayError): string[] {
  if (status === 429 || status === 503) return ['retry-after', String(retryAfter ?? RETRY_AFTER)];
  return status === 401 ? ['www-authenticate', 'Bearer realm="slipway"'] : [];
}

/** The problem as an OpenAPI schema. */
export const problemSchema = {
  type: 'object',
  description: 'RFC 9457',
  properties: {
    type: { type: 'string', examples: ['urn:slipway:error:INVALID_INPUT'] },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', enum: Object.keys(catalogue) },
    detail: { type: 'string' },
    hint: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        properties: { path: { type: 'string' }, expected: { type: 'string' }, received: { type: 'string' } },
        required: ['path', 'expected', 'received'],
      },
    },
    request_id: { type: 'string' },
  },
  required: ['type', 'title', 'status', 'code', 'detail', 'hint', 'request_id'],
} as const;
