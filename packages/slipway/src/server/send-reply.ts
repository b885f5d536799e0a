import type { ServerResponse } from 'node:http';
import type { Reply } from '@slipway/core/protocols';
import { traceParent, type Log, type Metrics } from '../telemetry/index.ts';
import { ClientGone, type HttpCall } from './http-call.ts';

/**
 * Writes a reply. A whole body goes out with its length in one piece, a body of parts as fast as the client reads.
 * With `end`, the caller ends the response when it is time.
 */
export function sendReply(
  reply: Reply,
  call: HttpCall,
  response: ServerResponse,
  { metrics, log }: { metrics: Metrics; log: Log },
  end?: () => void,
): void {
  const { status, body } = reply;
  const isHead = call.method === 'HEAD';
  const headers = reply.headers.slice();
  headers.push('x-request-id', call.requestId, 'x-content-type-options', 'nosniff');
  if (call.trace) {
    headers.push('traceparent', traceParent(call.trace));
    if (call.trace.state !== undefined) headers.push('tracestate', call.trace.state);
  }
  if (call.extraHeaders.length > 0) headers.push(...call.extraHeaders);
  // What is got may depend on the key, and caches between know nothing of keys in headers of their own.
  if ((call.method === 'GET' || isHead) && !reply.headers.includes('cache-control'))
    headers.push('cache-control', 'no-store', 'referrer-policy', 'no-referrer');
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) {
    if (isHead) {
      response.writeHead(status, headers).end();
      return;
    }
    sendParts(body, call, response.writeHead(status, headers), metrics).catch((error: unknown) => {
      if (!(error instanceof ClientGone)) log.error('answer broke off', { error, request_id: call.requestId });
      response.destroy();
    });
    return;
  }
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
  if (status !== 204 && status !== 304) headers.push('content-length', String(length));
  call.sent = isHead ? 0 : length;
  metrics.bytesOut += call.sent;
  response.writeHead(status, headers);
  if (end) {
    if (!isHead) response.write(body);
    end();
  } else if (isHead || length === 0) response.end();
  // As many bytes as characters: all ASCII, which goes out without being transcoded.
  else if (typeof body === 'string' && length === body.length) response.end(body, 'latin1');
  else response.end(body);
}

async function sendParts(
  parts: Iterable<string> | AsyncIterable<string | Uint8Array>,
  call: HttpCall,
  response: ServerResponse,
  metrics: Metrics,
): Promise<void> {
  for await (const part of parts) {
    if (response.destroyed) throw new ClientGone();
    if (part.length === 0) continue;
    const length = typeof part === 'string' ? Buffer.byteLength(part) : part.byteLength;
    call.sent += length;
    metrics.bytesOut += length;
    if (!response.write(part)) await writable(response);
  }
  response.end();
}

/** Waits until the client has read enough, or has gone. */
function writable(response: ServerResponse): Promise<void> {
  const events = ['drain', 'close', 'error'];
  return new Promise((resolve) => {
    const done = () => {
      for (const event of events) response.off(event, done);
      resolve();
    };
    for (const event of events) response.on(event, done);
  });
}
