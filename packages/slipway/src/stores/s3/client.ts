import { fail } from '@slipway/core/errors';
import { readableSize } from '@slipway/core/formats';
import { encode, sign } from '../../aws/sigv4.ts';
import type { S3Place } from './settings.ts';

export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Below the prefix. */
  readonly key: string;
  /** The bucket itself is meant, whatever the prefix. */
  readonly isBucket?: boolean | undefined;
  readonly query?: Readonly<Record<string, string>> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: Uint8Array | undefined;
  /** Statuses that are answers rather than failures, beside 2xx. */
  readonly accept?: readonly number[] | undefined;
}

const TIMEOUT_MS = 300_000;
const TRIES = 4;
const FIRST_PAUSE_MS = 200;

/** Requests to one bucket of an S3-compatible store, signed, and tried again where the store is busy. */
export class S3Client {
  readonly #place: S3Place;
  readonly #now: () => Date;

  constructor(place: S3Place, now: () => Date = () => new Date()) {
    this.#place = place;
    this.#now = now;
  }

  /** REMOTE_FAILED when the store refuses, or when nobody answers. */
  async send({ method, key, isBucket = false, query, headers = {}, body, accept = [] }: S3Request): Promise<Response> {
    const { endpoint, bucket, prefix, region, credentials } = this.#place;
    const path = [bucket, ...(isBucket ? [] : [prefix, key].filter((part) => part !== ''))].join('/');
    const url = new URL(`${endpoint}/${path.split('/').map(encode).join('/')}`);
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
    const call = { method, url, headers, body: body ?? new Uint8Array() };
    for (let tries = 1; ; tries++) {
      const signed = sign(call, { credentials, service: 's3', region, now: this.#now() });
      let problem: string;
      let cause: unknown;
      try {
        const response = await fetch(url, {
          method,
          headers: signed,
          ...(body === undefined ? {} : { body: new Uint8Array(body) }),
          redirect: 'error',
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        if (response.ok || accept.includes(response.status)) return response;
        const text = (await response.text().catch(() => '')).slice(0, 2000);
        const said = /<Code>([^<]*)<\/Code>/.exec(text)?.[1] ?? '';
        problem = `${method} ${url.pathname} is answered with ${response.status}${said ? `, ${said}` : ''}`;
        if (response.status < 500 && response.status !== 429 && said !== 'OperationAborted') tries = TRIES;
      } catch (error) {
        const { cause: reason } = error as { cause?: Error };
        problem = `nobody answers at ${url.origin}: ${reason?.message ?? (error as Error).message}`;
        cause = error;
      }
      if (tries >= TRIES) throw fail('REMOTE_FAILED', { place: `s3://${bucket}`, problem }, { cause });
      await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** (tries - 1)));
    }
  }

  /** The body of an answer, bounded. */
  async read(response: Response, mostBytes: number): Promise<Uint8Array> {
    const length = Number(response.headers.get('content-length') ?? 0);
    if (length > mostBytes) {
      await response.body?.cancel();
      const limit = readableSize(mostBytes);
      throw fail('LIMIT_EXCEEDED', { format: `s3://${this.#place.bucket}`, what: 'an object', limit });
    }
    return new Uint8Array(await response.arrayBuffer());
  }
}
