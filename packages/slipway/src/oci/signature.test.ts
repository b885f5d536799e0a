import { generateKeyPairSync, sign } from 'node:crypto';
import { expect, test } from 'vitest';
import { isSignedBy, keyId, makeKeyPair, readPrivateKey, readPublicKey, signDigest } from './signature.ts';

const digest = `sha256:${'ab'.repeat(32)}`;
const pair = makeKeyPair();
const key = readPrivateKey(pair.privateKey, 'release.key', undefined);
const trusted = readPublicKey(pair.publicKey, 'release.pub');
const stranger = readPublicKey(makeKeyPair().publicKey, 'other.pub');

test('a signature is good for its digest and its key only', () => {
  const signature = signDigest(digest, key);
  expect(isSignedBy(signature, digest, [stranger, trusted])).toBe(true);
  expect(isSignedBy(signature, digest, [stranger])).toBe(false);
  expect(isSignedBy(signature, digest, [])).toBe(false);
  expect(isSignedBy(signature, `sha256:${'cd'.repeat(32)}`, [trusted])).toBe(false);
  const changed = signature.payload.replace('null', '{}');
  expect(isSignedBy({ ...signature, payload: changed }, digest, [trusted])).toBe(false);
  expect(isSignedBy({ ...signature, payload: 'no JSON' }, digest, [trusted])).toBe(false);
  expect(keyId(key)).toBe(keyId(trusted));
});

test('keys of cosign, on P-256, are trusted as well', () => {
  const made = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { payload } = signDigest(digest, key);
  const signature = sign('sha256', Buffer.from(payload), made.privateKey).toString('base64');
  const pem = made.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  expect(isSignedBy({ payload, signature }, digest, [readPublicKey(pem, 'cosign.pub')])).toBe(true);
});

test('an encrypted key needs its passphrase', () => {
  const cipher = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' } as const;
  const { privateKey } = generateKeyPairSync('ed25519', {
    privateKeyEncoding: cipher,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  expect(readPrivateKey(privateKey, 'k', 'secret').type).toBe('private');
  expect(() => readPrivateKey(privateKey, 'k', undefined)).toThrow(
    expect.objectContaining({ code: 'USAGE', hint: expect.stringContaining('SLIPWAY_KEY_PASSPHRASE') as string }),
  );
});

test.for([
  ['a private key is not trusted', () => readPublicKey(pair.privateKey, 'k')],
  ['text is no key', () => readPrivateKey('hello', 'k', undefined)],
  ['keys that cosign encrypted', () => readPrivateKey('-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----', 'k', 'x')],
] as const)('%s', ([, read]) => {
  expect(read).toThrow(expect.objectContaining({ code: 'USAGE' }));
});
