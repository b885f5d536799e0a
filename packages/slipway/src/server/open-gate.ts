import { fail } from '@slipway/core/errors';
import { Authority, Keyring, keysOf, type Oidc } from '../access/index.ts';
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
  member.onUses((uses) => keyring.charge(uses));
  const timer = setInterval(() => {
    const uses = keyring.takeUses();
    if (uses) member.tellUses(uses);
  }, SHARE_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Loopback is open until there is a key; any other address needs keys, or a platform in front. */
export function gateFor(
  host: string,
  auth: ServerOptions['auth'],
  keyring: Keyring | undefined,
  oidc: Oidc | undefined,
  cors: Cors | undefined,
): Gate {
  if (auth === 'platform') return platformGate;
  if (oidc) return keyGate(new Authority(keyring, oidc));
  if (auth === undefined && isLoopbackAddress(host)) return localGate(keyring, cors);
  if (!keyring?.isClosed) throw fail('KEYS_REQUIRED', { host });
  return keyGate(keyring);
}
