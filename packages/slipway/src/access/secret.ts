import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A new key: what its owner keeps, and what we keep. */
export interface NewSecret {
  /** Names the key in lists and logs: `slw_3f9c2a7b41d0`. Not secret. */
  readonly id: string;
  /** `slw_<id>_<secret>`. Shown once. */
  readonly key: string;
  /** Hex. */
  readonly sha256: string;
}

const ID_BYTES = 6;
const SECRET_BYTES = 32;
const syntax = /^(slw_[0-9a-f]{12})_[A-Za-z0-9_-]{43}$/;

/**
 * 256 random bits need no slow hash: nobody guesses them, with or without the table. The beginning `slw_` is what scanners of
 * repositories look for.
 */
export function newSecret(): NewSecret {
  const id = `slw_${randomBytes(ID_BYTES).toString('hex')}`;
  const key = `${id}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
  return { id, key, sha256: sha256(key) };
}

/** The id inside a key; undefined for what no key looks like. */
export function idOf(key: string): string | undefined {
  return syntax.exec(key)?.[1];
}

/** Compares in constant time. */
export function matches(key: string, hex: string): boolean {
  return timingSafeEqual(Buffer.from(sha256(key), 'hex'), Buffer.from(hex, 'hex'));
}

function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}
