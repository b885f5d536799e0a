import { hash } from 'node:crypto';
import { fail, SlipwayError } from '@slipway/core/errors';
import type { JWTPayload } from 'jose';
import { silentLog, type Log } from '../../telemetry/index.ts';
import { Principal } from '../principal.ts';
import { literalMapping, readMapping, valuesOf } from './mapping.ts';
import { ProviderKeys, type Jose, type KeyTimes } from './provider-keys.ts';
import { checkOidc, type OidcSettings } from './settings.ts';

export type { OidcSettings } from './settings.ts';

/** Signatures with a public key only: with HS256 the public key would be the secret, and `none` signs nothing. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
/** Clocks of provider and server may differ by so much. */
const SKEW_S = 30;
/** Tokens that were checked; the oldest goes first. */
const MOST_TOKENS = 10_000;
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const times: KeyTimes = { refreshMs: 600_000, cooldownMs: 30_000 };

/** Checks the tokens of one identity provider. */
export interface Oidc {
  /** Who has the token: at once when it was seen before. UNAUTHENTICATED; NOT_READY while the provider never answered. */
  authenticate(token: string): Principal | Promise<Principal>;
  close(): void;
}

interface Checked {
  readonly principal: Principal;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** A provider that does not answer now is asked again with the first token; one that is not what the settings say is USAGE. */
export async function openOidc(
  settings: OidcSettings,
  log: Log = silentLog,
  own: Partial<KeyTimes> = {},
): Promise<Oidc> {
  checkOidc(settings);
  const toGrants = settings.mapping === undefined ? literalMapping : readMapping(settings.mapping);
  const jose = await import('jose');
  const keys = new ProviderKeys(jose, settings, { ...times, ...own }, log);
  // By hash: the tokens themselves are not kept.
  const known = new Map<string, Checked>();
  // A key that the provider took back takes its tokens along.
  keys.onChange = () => known.clear();
  try {
    await keys.refresh();
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.code !== 'NOT_READY') {
      keys.close();
      throw error;
    }
  }

  async function check(token: string, digest: string): Promise<Principal> {
    const payload = await verify(jose, keys, settings, token);
    const principal = new Principal(nameOf(payload), toGrants(valuesOf(payload, settings.claim)));
    if (known.size >= MOST_TOKENS) known.delete(known.keys().next().value as string);
    known.set(digest, { principal, until: ((payload.exp as number) + SKEW_S) * 1000 });
    return principal;
  }

  return {
    authenticate(token) {
      if (!TOKEN.test(token)) throw refused('The key or token is not valid.');
      const digest = hash('sha256', token, 'base64');
      const before = known.get(digest);
      if (!before) return check(token, digest);
      if (Date.now() < before.until) return before.principal;
      known.delete(digest);
      throw refused('The token has expired.');
    },
    close: () => keys.close(),
  };
}

async function verify(jose: Jose, keys: ProviderKeys, settings: OidcSettings, token: string): Promise<JWTPayload> {
  try {
    const { payload } = await jose.jwtVerify(token, (header, jws) => keys.find(header, jws), {
      algorithms: ALGORITHMS,
      issuer: settings.issuer,
      audience: [...settings.audiences],
      clockTolerance: SKEW_S,
      requiredClaims: ['exp', 'sub'],
    });
    return payload;
  } catch (error) {
    if (error instanceof SlipwayError) throw error;
    throw refused(problemOf(jose, error), error);
  }
}

/** The signature is checked first: only whoever has a token of the provider learns what else is wrong with it. */
function problemOf({ errors }: Jose, error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired.';
  if (!(error instanceof errors.JWTClaimValidationFailed)) return 'The key or token is not valid.';
  switch (error.claim) {
    case 'aud':
      return 'The token is made out for another audience.';
    case 'iss':
      return 'The token is of another issuer.';
    case 'nbf':
      return 'The token is not valid yet.';
    default:
      return `The token lacks a valid ${JSON.stringify(error.claim)}.`;
  }
}

function refused(problem: string, cause?: unknown): SlipwayError {
  const hint = 'Send a token of the identity provider, or a key, as `Authorization: Bearer …`.';
  return fail('UNAUTHENTICATED', { problem }, { hint, cause });
}

/** For logs and the audit. */
function nameOf({ sub }: JWTPayload): string {
  if (typeof sub !== 'string' || sub === '') throw refused('The token lacks a valid "sub".');
  return `oidc:${sub.slice(0, 255).replaceAll(/\p{Cc}/gu, '?')}`;
}
