import { fail, SlipwayError } from '@slipway/core/errors';
import type * as library from 'jose';
import type { CryptoKey, FlattenedJWSInput, JSONWebKeySet, JWSHeaderParameters } from 'jose';
import type { Log } from '../../telemetry/index.ts';
import { fetchJson } from './fetch-json.ts';
import { isSafeAddress, type OidcSettings } from './settings.ts';

/** The library, loaded by servers that take tokens only. */
export type Jose = typeof library;

export interface KeyTimes {
  /** How often the keys are asked for again. */
  readonly refreshMs: number;
  /** An unknown key makes the provider be asked again, but not more often than this. */
  readonly cooldownMs: number;
}

/**
 * The public keys of an identity provider. A key that is not known yet is asked for, so that the provider may rotate; while
 * it does not answer, the keys that are known go on working.
 */
export class ProviderKeys {
  readonly #jose: Jose;
  readonly #settings: Pick<OidcSettings, 'issuer' | 'jwks'>;
  readonly #times: KeyTimes;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  #set: ReturnType<Jose['createLocalJWKSet']> | undefined;
  #text = '';
  #triedAt = -Infinity;
  #refreshing: Promise<void> | undefined;
  /** Called when keys came or went. */
  onChange: () => void = () => {};

  constructor(jose: Jose, settings: Pick<OidcSettings, 'issuer' | 'jwks'>, times: KeyTimes, log: Log) {
    this.#jose = jose;
    this.#settings = settings;
    this.#times = times;
    this.#log = log;
    this.#timer = setInterval(() => void this.refresh().catch(() => undefined), times.refreshMs);
    this.#timer.unref();
  }

  /** The key that a token names; for the library, which checks that it fits the algorithm. */
  async find(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> {
    if (!this.#set) await this.#refreshUnlessJustTried();
    if (!this.#set)
      throw fail('NOT_READY', { problem: 'The identity provider does not answer, so no token can be checked.' });
    try {
      return await this.#set(header, token);
    } catch (error) {
      if (!(error instanceof this.#jose.errors.JWKSNoMatchingKey)) throw error;
      await this.#refreshUnlessJustTried();
      return await this.#set(header, token);
    }
  }

  /** Asks the provider. NOT_READY when it does not answer, USAGE when it is not the one that the settings name. */
  async refresh(): Promise<void> {
    this.#refreshing ??= this.#load().finally(() => (this.#refreshing = undefined));
    await this.#refreshing;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #refreshUnlessJustTried(): Promise<void> {
    if (!this.#refreshing && performance.now() - this.#triedAt < this.#times.cooldownMs) return;
    // What is known goes on working; the log has the reason.
    await this.refresh().catch(() => undefined);
  }

  async #load(): Promise<void> {
    this.#triedAt = performance.now();
    try {
      const url = this.#settings.jwks ?? (await this.#discover());
      const document = await fetchJson(url);
      if (!isKeySet(document)) throw wrongProvider(`${url} is no set of keys`);
      const text = JSON.stringify(document);
      if (text === this.#text) return;
      this.#set = this.#jose.createLocalJWKSet(document);
      this.#text = text;
      this.onChange();
    } catch (error) {
      this.#log.warn('keys of the identity provider not read', {
        error,
        keys: this.#set ? 'those before stay in use' : 'none',
      });
      if (error instanceof SlipwayError) throw error;
      throw wrongProvider('its keys cannot be read', error);
    }
  }

  async #discover(): Promise<string> {
    const { issuer } = this.#settings;
    const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const document = await fetchJson(url);
    const { issuer: named, jwks_uri: address } = (isObject(document) ? document : {}) as Record<string, unknown>;
    if (named !== issuer) throw wrongProvider(`${url} names the issuer ${JSON.stringify(named)}`);
    if (typeof address !== 'string' || !isSafeAddress(address))
      throw wrongProvider(`${url} names no jwks_uri with https`);
    return address;
  }
}

function isKeySet(document: unknown): document is JSONWebKeySet {
  return isObject(document) && 'keys' in document && Array.isArray(document.keys) && document.keys.every(isObject);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrongProvider(problem: string, cause?: unknown) {
  return fail(
    'USAGE',
    {
      problem: `--oidc-issuer: ${problem}.`,
      advice: 'Write the issuer exactly as its tokens do, or name its keys with --oidc-jwks.',
    },
    { cause },
  );
}
