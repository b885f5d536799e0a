import { readFile } from 'node:fs/promises';
import { fail } from '@slipway/core/errors';
import type { Package } from '@slipway/core/package';
import { artifactOf, isSignedBy, readPrivateKey, readPublicKey, type Signature } from '../oci/index.ts';
import type { Context, Flag } from './command.ts';

type KeyObject = ReturnType<typeof readPublicKey>;

/** Which signers are trusted. */
export const signatureFlag: Flag = {
  name: 'require-signature',
  value: 'FILES',
  help: 'Only what one of these public keys signed (PEM files, with commas between).',
};

/** The public keys of `--require-signature`; undefined when no signature is asked for. */
export async function trustedKeys(files: string | undefined): Promise<readonly KeyObject[] | undefined> {
  if (files === undefined) return undefined;
  const paths = files.split(',').filter(Boolean);
  if (paths.length === 0)
    throw fail('USAGE', { problem: '--require-signature names no file.', advice: 'Give the .pub file of a signer.' });
  return await Promise.all(paths.map(async (path) => readPublicKey(await readText(path), path)));
}

/** The private key of `--key`. */
export async function signingKey(path: string, environment: Context['environment']): Promise<KeyObject> {
  return readPrivateKey(await readText(path), path, environment['SLIPWAY_KEY_PASSPHRASE']);
}

/** SIGNATURE_MISSING unless one of the keys signed the package. */
export function requireSigned(
  what: string,
  pkg: Package,
  signatures: readonly Signature[],
  keys: readonly KeyObject[] | undefined,
): void {
  if (keys === undefined) return;
  const { digest } = artifactOf(pkg);
  if (!signatures.some((signature) => isSignedBy(signature, digest, keys))) throw fail('SIGNATURE_MISSING', { what });
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw fail('FILE_NOT_FOUND', { path }, { cause });
  }
}
