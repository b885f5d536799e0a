import { fail } from '@slipway/core/errors';
import {
  Authority,
  Keyring,
  keysOf,
  parseRate,
  type Oidc,
  type OidcSettings,
  type UseLimits,
} from '../access/index.ts';
import type { Cors } from './cors.ts';
import { keyGate, localGate, platformGate, type Gate } from './gate.ts';
import { isLoopbackAddress } from './origin-guard.ts';
import type { ServerOptions } from './start-server.ts';
import type { Member } from './workers/member.ts';

/** The keys of a server; undefined where it has none. */
export async function openKeyring({ home, keys }: Pick<ServerOptions, 'home' | 'keys'>): Promise<Keyring | undefined> {
  const source = keys ?? (home && keysOf(home.rows));
  if (!source) return undefined;
  const keyring = new Keyring(source);
  await keyring.reload();
  return keyring;
}

/** How often workers tell each other what keys used: a limit is passed by at most as much as fits in there. */
const SHARE_MS = 50;

/** One limit for all workers. */
export function shareUses(keyring: Keyring, member: Member): () => void {
  const { usage } = keyring;
  member.onUses((uses) => usage.charge(uses, Date.now()));
  const timer = setInterval(() => {
    const uses = usage.takeUses();
    if (uses) member.tellUses(uses);
  }, SHARE_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** What each subject of the identity provider may ask; USAGE where that is no rate. */
export function limitsOf({ rate, quota }: Pick<OidcSettings, 'rate' | 'quota'> = {}): UseLimits {
  return {
    rate: rate === undefined ? undefined : parseRate(rate),
    quota: quota === undefined ? undefined : parseRate(quota),
  };
}

/** Loopback is open until there is a key; any other address needs keys, or a platform in front. */
export function gateFor(
  host: string,
  auth: ServerOptions['auth'],
  keyring: Keyring | undefined,
  tokens: { readonly oidc: Oidc; readonly limits: UseLimits } | undefined,
  cors: Cors | undefined,
): Gate {
  if (auth === 'platform') return platformGate;
  if (tokens) return keyGate(new Authority(keyring, tokens.oidc, tokens.limits));
  if (auth === undefined && isLoopbackAddress(host)) return localGate(keyring, cors);
  if (!keyring?.isClosed) throw fail('KEYS_REQUIRED', { host });
  return keyGate(keyring);
}
