import { setTimeout as wait } from 'node:timers/promises';
import { fail } from '@slipway/core/errors';
import { findAwsCredentials, type AwsCredentials } from './credentials.ts';
import { sign } from './sigv4.ts';

type Json = Readonly<Record<string, unknown>>;

const services = {
  ecr: { host: 'api.ecr', target: 'AmazonEC2ContainerRegistry_V20150921' },
  sagemaker: { host: 'api.sagemaker', target: 'SageMaker' },
  'application-autoscaling': { host: 'application-autoscaling', target: 'AnyScaleFrontendService' },
} as const;

export type AwsService = keyof typeof services;

/** What AWS answers in place of a result. `code` as its documentation names it: `ValidationException`, … */
export class AwsRefusal extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, status: number, message: string) {
    super(`${code}: ${message}`);
    this.name = 'AwsRefusal';
    this.code = code;
    this.status = status;
  }
}

const TIMEOUT_MS = 600_000;
const tries = 4;

/**
 * Calls to AWS that deploying needs: the JSON protocols 1.1, and objects of S3. Throttling and failures of the other side are
 * tried again. `AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_SAGEMAKER` lead elsewhere, as for other tools.
 */
export class AwsClient {
  readonly region: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #signal: AbortSignal;
  #credentials: Promise<AwsCredentials> | undefined;

  constructor(region: string, environment: NodeJS.ProcessEnv, signal: AbortSignal) {
    this.region = region;
    this.#environment = environment;
    this.#signal = signal;
  }

  /** Calls an action: `call('sagemaker', 'CreateModel', { … })`. An answer that refuses is an {@link AwsRefusal}. */
  async call(service: AwsService, action: string, input: Json): Promise<Json> {
    const { host, target } = services[service];
    const url = new URL('/', this.#endpoint(service) ?? `https://${host}.${this.region}.${suffix(this.region)}`);
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${target}.${action}` };
    const body = new TextEncoder().encode(JSON.stringify(input));
    const response = await this.#send(service, { method: 'POST', url, headers, body });
    const text = await response.text();
    return text === '' ? {} : (Object(JSON.parse(text)) as Json);
  }

  /** Writes an object of S3. */
  async putObject(bucket: string, key: string, body: Uint8Array, type: string): Promise<void> {
    const url = this.#objectUrl(bucket, key);
    const response = await this.#send('s3', { method: 'PUT', url, headers: { 'content-type': type }, body });
    await response.body?.cancel();
  }

  /** An object of S3: its headers (`HEAD`), or those and its bytes as they come. */
  async object(method: 'GET' | 'HEAD', bucket: string, key: string): Promise<Response> {
    const url = this.#objectUrl(bucket, key);
    return await this.#send('s3', { method, url, headers: {}, body: new Uint8Array(0) });
  }

  /** Stores beside AWS are asked by path, as most of them know nothing else. */
  #objectUrl(bucket: string, key: string): URL {
    const path = key.split('/').map(encodeURIComponent).join('/');
    const other = this.#endpoint('s3');
    return other
      ? new URL(`/${bucket}/${path}`, other)
      : new URL(`https://${bucket}.s3.${this.region}.${suffix(this.region)}/${path}`);
  }

  #endpoint(service: string): string | undefined {
    const own = `AWS_ENDPOINT_URL_${service.toUpperCase().replaceAll('-', '_')}`;
    return this.#environment[own] ?? this.#environment['AWS_ENDPOINT_URL'];
  }

  async #send(service: string, call: Parameters<typeof sign>[0]): Promise<Response> {
    this.#credentials ??= findAwsCredentials(this.#environment);
    const credentials = await this.#credentials;
    for (let attempt = 1; ; attempt++) {
      this.#signal.throwIfAborted();
      const headers = sign(call, { credentials, service, region: this.region, now: new Date() });
      const response = await this.#fetch(call, headers);
      if (response.ok) return response;
      const refusal = await refusalOf(response);
      const isPassing = response.status >= 500 || /Throttl|TooManyRequests|RequestLimitExceeded/.test(refusal.code);
      if (!isPassing || attempt === tries) throw explained(refusal, service);
      await wait(200 * 2 ** attempt, undefined, { signal: this.#signal });
    }
  }

  async #fetch({ method, url, body }: Parameters<typeof sign>[0], headers: Record<string, string>): Promise<Response> {
    try {
      const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(TIMEOUT_MS)]);
      const sent = body.byteLength > 0 ? { body: new Uint8Array(body) } : {};
      return await fetch(url, { method, headers, ...sent, signal });
    } catch (cause) {
      this.#signal.throwIfAborted();
      const { cause: reason } = cause as { cause?: Error };
      const problem = `nobody answers at ${url.origin}: ${reason?.message ?? (cause as Error).message}`;
      throw fail('REMOTE_FAILED', { place: url.host, problem }, { cause });
    }
  }
}

async function refusalOf(response: Response): Promise<AwsRefusal> {
  const text = (await response.text()).slice(0, 10_000);
  const code = /"__type"\s*:\s*"(?:[^"#]*#)?([^"]+)"/.exec(text)?.[1] ?? /<Code>([^<]+)<\/Code>/.exec(text)?.[1];
  const message = /"[mM]essage"\s*:\s*("(?:[^"\\]|\\.)*")/.exec(text)?.[1];
  const said = message === undefined ? /<Message>([^<]+)<\/Message>/.exec(text)?.[1] : String(JSON.parse(message));
  return new AwsRefusal(code ?? `HTTP ${response.status}`, response.status, said ?? text.slice(0, 300));
}

/** Keys that are wrong or may not are told as such; everything else stays for who called. */
function explained(refusal: AwsRefusal, service: string): Error {
  const wrongKeys = /UnrecognizedClient|InvalidClientTokenId|ExpiredToken|SignatureDoesNotMatch|InvalidAccessKeyId/;
  if (wrongKeys.test(refusal.code))
    return fail(
      'CREDENTIALS_MISSING',
      {
        what: 'AWS',
        problem: `those that were found are refused: ${refusal.message}`,
        advice: 'Log in again, or name another profile with AWS_PROFILE.',
      },
      { cause: refusal },
    );
  if (!/AccessDenied/.test(refusal.code)) return refusal;
  const hint = 'Add this permission to the user or role that deploys; docs/how-to/deliver/sagemaker.md lists all.';
  return fail('REMOTE_FAILED', { place: `AWS ${service}`, problem: refusal.message }, { cause: refusal, hint });
}

function suffix(region: string): string {
  return region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
}
