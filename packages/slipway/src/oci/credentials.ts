import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fail } from '@slipway/core/errors';

/** What a registry is told about who asks. */
export interface OciCredentials {
  readonly username: string;
  readonly password: string;
  /** A refresh token that Docker keeps in place of a password. */
  readonly identityToken?: string | undefined;
}

/** Finds the credentials of a registry. */
export type FindCredentials = (host: string) => Promise<OciCredentials | undefined>;

const HELPER_TIMEOUT_MS = 10_000;

/**
 * Looks where Docker, Podman and others look: `SLIPWAY_OCI_USERNAME` and `SLIPWAY_OCI_PASSWORD` first, then `config.json`
 * (`DOCKER_CONFIG`, `~/.docker`) with its credential helpers, then `REGISTRY_AUTH_FILE`.
 */
export function findCredentials(environment: NodeJS.ProcessEnv): FindCredentials {
  return async (host) => {
    const { SLIPWAY_OCI_USERNAME: username, SLIPWAY_OCI_PASSWORD: password } = environment;
    if (username !== undefined && password !== undefined) return { username, password };
    const files = [
      join(environment['DOCKER_CONFIG'] ?? join(homedir(), '.docker'), 'config.json'),
      environment['REGISTRY_AUTH_FILE'],
    ];
    for (const path of files) {
      const found = path === undefined ? undefined : await fromFile(path, host, environment);
      if (found) return found;
    }
    return undefined;
  };
}

async function fromFile(
  path: string,
  host: string,
  environment: NodeJS.ProcessEnv,
): Promise<OciCredentials | undefined> {
  let document: unknown;
  try {
    document = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw fail('USAGE', { problem: `${path} cannot be read: ${(cause as Error).message}.`, advice: 'Mend the file.' });
  }
  // Docker's own registry is filed under the address of its first version.
  const names = host === 'docker.io' ? ['https://index.docker.io/v1/', host] : [host, `https://${host}`];
  const helpers = memberOf(document, 'credHelpers');
  for (const name of names) {
    const helper = memberOf(helpers, name) ?? memberOf(document, 'credsStore');
    const entry = memberOf(memberOf(document, 'auths'), name);
    const own = readEntry(entry);
    if (own) return own;
    if (typeof helper === 'string' && (entry !== undefined || memberOf(helpers, name) !== undefined))
      return await askHelper(helper, name, environment);
  }
  return undefined;
}

function readEntry(entry: unknown): OciCredentials | undefined {
  const token = memberOf(entry, 'identitytoken');
  const identityToken = typeof token === 'string' && token !== '' ? token : undefined;
  const auth = memberOf(entry, 'auth');
  if (typeof auth === 'string' && auth !== '') {
    const text = Buffer.from(auth, 'base64').toString('utf8');
    const at = text.indexOf(':');
    return { username: text.slice(0, Math.max(0, at)), password: text.slice(at + 1), identityToken };
  }
  const [username, password] = [memberOf(entry, 'username'), memberOf(entry, 'password')];
  if (typeof username === 'string' && typeof password === 'string') return { username, password, identityToken };
  return identityToken === undefined ? undefined : { username: '', password: '', identityToken };
}

/** Runs `docker-credential-NAME get`; undefined when it knows nothing of the registry. */
function askHelper(helper: string, name: string, environment: NodeJS.ProcessEnv): Promise<OciCredentials | undefined> {
  if (!/^[\w.-]+$/.test(helper)) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const options = { env: environment, timeout: HELPER_TIMEOUT_MS };
    const child = execFile(`docker-credential-${helper}`, ['get'], options, (error, stdout) => {
      if (error) return resolve(undefined);
      try {
        const found: unknown = JSON.parse(stdout);
        const [username, secret] = [memberOf(found, 'Username'), memberOf(found, 'Secret')];
        if (typeof username !== 'string' || typeof secret !== 'string') return resolve(undefined);
        resolve(
          username === '<token>'
            ? { username: '', password: '', identityToken: secret }
            : { username, password: secret },
        );
      } catch {
        resolve(undefined);
      }
    });
    child.stdin?.on('error', () => {});
    child.stdin?.end(name);
  });
}

/** A member of a JSON object; undefined where there is none. */
export function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
