import { createHmac } from 'node:crypto';
import { request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import type { Target } from './guard.ts';

export interface WebhookMessage {
  /** Of the delivery: the same for each try. */
  readonly id: string;
  readonly event: string;
  /** JSON text. */
  readonly body: string;
  readonly secret: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
}

const TIMEOUT_MS = 10_000;

/** `v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64. */
function signatureOf({ id, timestamp, body, secret }: Omit<WebhookMessage, 'event'>): string {
  return `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

/** Sends a message and gives the status; rejects when nobody answers in time. Redirects are not followed. */
export function callWebhook({ url, address, family }: Target, message: WebhookMessage): Promise<number> {
  const request = url.protocol === 'https:' ? requestSecure : requestPlain;
  return new Promise((resolve, reject) => {
    const call = request(
      url,
      {
        method: 'POST',
        signal: AbortSignal.timeout(TIMEOUT_MS),
        agent: false,
        // The name was looked up and judged before; here it leads to what was judged.
        lookup: (_host, { all }, done) => (all ? done(null, [{ address, family }]) : done(null, address, family)),
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(message.body),
          'user-agent': 'slipway',
          'x-slipway-event': message.event,
          'x-slipway-delivery': message.id,
          'x-slipway-timestamp': String(message.timestamp),
          'x-slipway-signature': signatureOf(message),
        },
      },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    );
    call.on('error', reject);
    call.end(message.body);
  });
}
