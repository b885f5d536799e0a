import { fail } from '@slipway/core/errors';

/** Whose tokens are taken, and what they allow. */
export interface OidcSettings {
  /** As tokens name it: `https://login.example/realms/ml`. */
  readonly issuer: string;
  /** A token must be made out for one of these. */
  readonly audiences: readonly string[];
  /** URL of the keys; found through the issuer unless given. */
  readonly jwks?: string | undefined;
  /** Claim that says what the bearer may do: `scope`, `groups`, `realm_access.roles`. */
  readonly claim: string;
  /** What its values mean; undefined: they are scopes themselves. */
  readonly mapping?: string | undefined;
  /** Requests per time of each subject: `100/s`. No limit unless given. */
  readonly rate?: string | undefined;
  /** A second, longer limit. */
  readonly quota?: string | undefined;
}

/** Checks the addresses: tokens and keys travel encrypted, but for a provider on this machine. USAGE names the flag. */
export function checkOidc({ issuer, audiences, jwks }: OidcSettings): void {
  checkAddress('--oidc-issuer', issuer);
  if (jwks !== undefined) checkAddress('--oidc-jwks', jwks);
  if (audiences.length === 0) {
    throw fail('USAGE', {
      problem: '--oidc-audience is missing.',
      advice:
        'Name what the provider writes into "aud" of tokens for this server; without it, tokens for any other program would do.',
    });
  }
}

/** For messages: whether an address may be asked. */
export function isSafeAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname));
}

function checkAddress(flag: string, text: string): void {
  if (isSafeAddress(text)) return;
  throw fail('USAGE', {
    problem: `${flag}: expected a URL with https, received ${JSON.stringify(text.slice(0, 200))}.`,
    advice: 'http is taken for providers on this machine only; user names and passwords never.',
  });
}
