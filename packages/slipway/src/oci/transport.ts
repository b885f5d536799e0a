import { fail } from '@slipway/core/errors';
import { memberOf, type FindCredentials, type OciCredentials } from './credentials.ts';

export interface OciRequest {
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: Uint8Array | Blob | undefined;
  /** Statuses that are answers rather than failures, beside 2xx. */
  readonly accept?: readonly number[] | undefined;
}

const REQUEST_TIMEOUT_MS = 600_000;
const MOST_TEXT = 2 ** 20;

/**
 * Requests to one registry with its authentication: the first refusal says what is wanted (`WWW-Authenticate`), basic or a
 * token of another address, and what was given is kept for what follows.
 */
export class OciTransport {
  readonly #host: string;
  readonly #base: string;
  readonly #find: FindCredentials;
  /** `Authorization` by scope. */
  readonly #given = new Map<string, string>();

  constructor(host: string, isPlain: boolean, find: FindCredentials) {
    this.#host = host;
    this.#base = `${isPlain ? 'http' : 'https'}://${host === 'docker.io' ? 'registry-1.docker.io' : host}`;
    this.#find = find;
  }

  /** Sends a request for `scope` (`repository:team/churn:pull`). REMOTE_FAILED when it is refused or nobody answers. */
  async send(path: string, scope: string, request: OciRequest = {}): Promise<Response> {
    const url = new URL(path, this.#base);
    let response = await this.#once(url, this.#given.get(scope), request);
    if (response.status === 401) {
      await response.body?.cancel();
      const authorization = await this.#authorize(response.headers.get('www-authenticate') ?? '', scope);
      if (authorization !== undefined) {
        this.#given.set(scope, authorization);
        response = await this.#once(url, authorization, request);
      }
    }
    if (response.ok || request.accept?.includes(response.status)) return response;
    throw await refusal(this.#host, url, request.method ?? 'GET', response);
  }

  /** True for an address of the registry itself: only that gets our credentials. */
  isOwn(url: URL): boolean {
    return url.origin === new URL(this.#base).origin;
  }

  async #once(url: URL, authorization: string | undefined, { method, headers, body }: OciRequest): Promise<Response> {
    const own = this.isOwn(url) && authorization !== undefined ? { authorization } : {};
    try {
      return await fetch(url, {
        method: method ?? 'GET',
        headers: { ...headers, ...own },
        ...(body === undefined ? {} : { body: body instanceof Blob ? body : new Uint8Array(body) }),
        // fetch drops the authorization when a registry sends us to a store of its own.
        redirect: 'follow',
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
    } catch (cause) {
      const { cause: reason } = cause as { cause?: Error };
      const problem = `nobody answers at ${url.origin}: ${reason?.message ?? (cause as Error).message}`;
      throw fail('REMOTE_FAILED', { place: this.#host, problem }, { cause });
    }
  }

  async #authorize(challenge: string, scope: string): Promise<string | undefined> {
    const credentials = await this.#find(this.#host);
    if (/^bearer /i.test(challenge)) return await this.#token(challenge, scope, credentials);
    return credentials && basic(credentials);
  }

  /** The token of the address that the challenge names. */
  async #token(challenge: string, scope: string, credentials: OciCredentials | undefined): Promise<string> {
    const wanted = new Map(
      [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
    );
    const realm = URL.parse(wanted.get('realm') ?? '');
    // Credentials go over plain HTTP only where the registry itself is asked so.
    const isSafe = realm?.protocol === 'https:' || (realm?.protocol === 'http:' && this.#base.startsWith('http:'));
    if (!realm || !isSafe)
      throw fail('REMOTE_FAILED', {
        place: this.#host,
        problem: 'it asks for a token but does not say where, or without encryption',
      });
    const service = wanted.get('service');
    const token = credentials?.identityToken;
    let request: OciRequest = credentials ? { headers: { authorization: basic(credentials) } } : {};
    if (token !== undefined) {
      const form = new URLSearchParams({
        grant_type: 'refresh_token',
        client_id: 'slipway',
        refresh_token: token,
        scope,
      });
      if (service !== undefined) form.set('service', service);
      const body = new TextEncoder().encode(form.toString());
      request = { method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded' } };
    } else {
      realm.searchParams.set('scope', scope);
      if (service !== undefined) realm.searchParams.set('service', service);
    }
    const response = await this.#once(realm, undefined, request);
    if (!response.ok) throw await refusal(this.#host, realm, 'GET', response);
    const answer: unknown = JSON.parse(await textOf(response));
    const given = memberOf(answer, 'token') ?? memberOf(answer, 'access_token');
    if (typeof given !== 'string')
      throw fail('REMOTE_FAILED', { place: this.#host, problem: `${realm.origin} gives no token` });
    return `Bearer ${given}`;
  }
}

function basic({ username, password }: OciCredentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** The text of a small answer, cut off where it is too long. */
async function textOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of chunksOf(response)) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MOST_TEXT) break;
  }
  return text;
}

/** The body of an answer as it comes. */
export async function* chunksOf(response: Response): AsyncGenerator<Uint8Array> {
  const body: AsyncIterable<Uint8Array> | null = response.body;
  if (body) yield* body;
}

async function refusal(place: string, url: URL, method: string, response: Response) {
  const text = await textOf(response).catch(() => '');
  const said = /"message"\s*:\s*"([^"]{1,200})"/.exec(text)?.[1];
  const problem = `${method} ${url.pathname.slice(0, 200)} is answered with ${response.status}${said ? `, ${said}` : ''}`;
  if (response.status !== 401 && response.status !== 403) return fail('REMOTE_FAILED', { place, problem });
  const hint = 'Log in with `docker login`, or set SLIPWAY_OCI_USERNAME and SLIPWAY_OCI_PASSWORD.';
  return fail('REMOTE_FAILED', { place, problem }, { hint });
}
