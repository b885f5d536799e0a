import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { fail } from '@slipway/core/errors';

/** Where the certificates of a server are: paths of PEM files. */
export interface TlsPaths {
  /** The server's certificate, and those between it and an authority. */
  readonly cert: string;
  readonly key: string;
  /** Authorities; only clients with a certificate of theirs may connect. */
  readonly clientCa?: string | undefined;
}

/** What was read from the files, checked as a whole. */
export interface TlsMaterial {
  /** For new connections. */
  readonly context: SecureContextOptions;
  /** ISO 8601, UTC. */
  readonly expiresAt: string;
}

/** Largest file that is read: thousands of certificates. */
const MOST_BYTES = 4 * 1024 ** 2;

/** Reads the files; INVALID_CERTIFICATE names the one that is wrong, FILE_NOT_FOUND the one that is missing. */
export function readTls({ cert, key, clientCa }: TlsPaths): TlsMaterial {
  const chain = read(cert);
  const certificate = certificateIn(chain, cert);
  const keyText = read(key);
  if (!certificate.checkPrivateKey(keyIn(keyText, key)))
    throw fail('INVALID_CERTIFICATE', { path: key, problem: `the key does not belong to the certificate in ${cert}` });
  const ca = clientCa === undefined ? undefined : read(clientCa);
  if (ca !== undefined && clientCa !== undefined) certificateIn(ca, clientCa);
  const context: SecureContextOptions = {
    cert: chain,
    key: keyText,
    minVersion: 'TLSv1.2',
    ...(ca === undefined ? {} : { ca }),
  };
  try {
    createSecureContext(context);
  } catch (cause) {
    throw fail('INVALID_CERTIFICATE', { path: cert, problem: messageOf(cause) }, { cause });
  }
  return { context, expiresAt: certificate.validToDate.toISOString() };
}

/** Changes when one of the files is replaced or written, also behind a symbolic link. */
export function stateOf({ cert, key, clientCa }: TlsPaths): string {
  return [cert, key, clientCa]
    .filter((path) => path !== undefined)
    .map((path) => {
      const found = statSync(path, { throwIfNoEntry: false });
      return found ? `${found.ino} ${found.size} ${found.mtimeMs} ${found.ctimeMs}` : 'missing';
    })
    .join();
}

function read(path: string): string {
  try {
    const { size } = statSync(path);
    if (size <= MOST_BYTES) return readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') throw fail('FILE_NOT_FOUND', { path }, { cause });
    throw fail('INVALID_CERTIFICATE', { path, problem: `it cannot be read (${messageOf(cause)})` }, { cause });
  }
  throw fail('INVALID_CERTIFICATE', { path, problem: 'it is larger than 4 MiB' });
}

function certificateIn(text: string, path: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch (cause) {
    throw fail('INVALID_CERTIFICATE', { path, problem: 'it holds no PEM certificate' }, { cause });
  }
}

function keyIn(text: string, path: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch (cause) {
    const isLocked = /ENCRYPTED/.test(text);
    const problem = isLocked ? 'the key is encrypted; store it without a passphrase' : 'it holds no PEM private key';
    throw fail('INVALID_CERTIFICATE', { path, problem }, { cause });
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
