import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { fail } from '@slipway/core/errors';
import { memberOf } from './credentials.ts';
import { json } from './artifact.ts';

/** A signature over a document that names a manifest: the "simple signing" of cosign. */
export interface Signature {
  /** JSON text, exactly as it was signed. */
  readonly payload: string;
  /** base64 */
  readonly signature: string;
}

const PAYLOAD_TYPE = 'cosign container image signature';

/** Signs the digest of a package's manifest with an Ed25519 key. */
export function signDigest(digest: string, key: KeyObject, place = ''): Signature {
  const payload = json({
    critical: {
      identity: { 'docker-reference': place },
      image: { 'docker-manifest-digest': digest },
      type: PAYLOAD_TYPE,
    },
    optional: null,
  });
  return { payload: new TextDecoder().decode(payload), signature: sign(null, payload, key).toString('base64') };
}

/** True when one of the keys made this signature, and it is about this manifest. */
export function isSignedBy({ payload, signature }: Signature, digest: string, keys: readonly KeyObject[]): boolean {
  let document: unknown;
  try {
    document = JSON.parse(payload);
  } catch {
    return false;
  }
  const critical = memberOf(document, 'critical');
  if (memberOf(memberOf(critical, 'image'), 'docker-manifest-digest') !== digest) return false;
  if (memberOf(critical, 'type') !== PAYLOAD_TYPE) return false;
  const bytes = Buffer.from(signature, 'base64');
  return keys.some((key) =>
    // cosign's own keys are on P-256, over SHA-256.
    verify(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', Buffer.from(payload), key, bytes),
  );
}

/** A new Ed25519 key pair as PEM texts (PKCS #8 and SPKI). */
export function makeKeyPair(): { readonly privateKey: string; readonly publicKey: string } {
  return generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
}

/** Reads the private key that signs: Ed25519 as PEM (PKCS #8), with a passphrase where it is encrypted. */
export function readPrivateKey(pem: string, path: string, passphrase: string | undefined): KeyObject {
  if (/ENCRYPTED (SIGSTORE|COSIGN) PRIVATE KEY/.test(pem)) {
    throw fail('USAGE', {
      problem: `${path} is encrypted in the way of cosign, which Slipway does not read.`,
      advice: 'Make a key with `slipway sign --new-key NAME`; cosign takes its .pub file.',
    });
  }
  const key = readKey(() => createPrivateKey({ key: pem, passphrase }), path, 'private');
  if (key.asymmetricKeyType !== 'ed25519') {
    const advice = 'Make one with `slipway sign --new-key NAME`.';
    throw fail('USAGE', { problem: `${path} is no Ed25519 key.`, advice });
  }
  return key;
}

/** Reads a public key that is trusted: Ed25519, or P-256 as cosign makes them. */
export function readPublicKey(pem: string, path: string): KeyObject {
  const key = readKey(() => createPublicKey(pem), path, 'public');
  if (/PRIVATE KEY/.test(pem) || !['ed25519', 'ec'].includes(key.asymmetricKeyType ?? '')) {
    const advice = 'Give the .pub file that lies beside the private key.';
    throw fail('USAGE', { problem: `${path} is no public Ed25519 or P-256 key.`, advice });
  }
  return key;
}

/** What a key is called in lists: the beginning of the SHA-256 of its public half. */
export function keyId(key: KeyObject): string {
  const half = key.type === 'private' ? createPublicKey(key) : key;
  return createHash('sha256')
    .update(half.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16);
}

function readKey(read: () => KeyObject, path: string, kind: string): KeyObject {
  try {
    return read();
  } catch (cause) {
    const problem = `${path} holds no ${kind} key: ${(cause as Error).message}.`;
    const advice = 'Keys are PEM files; an encrypted one needs SLIPWAY_KEY_PASSPHRASE.';
    throw fail('USAGE', { problem, advice }, { cause });
  }
}
