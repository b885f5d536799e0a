import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { fail } from '@slipway/core/errors';
import { readProfile } from './profile.ts';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

const METADATA_MS = 1500;
const METADATA = 'http://169.254.169.254';

/**
 * Finds credentials where the tools of AWS look, in their order: environment, profile (keys or `credential_process`), the
 * container's address (ECS, EKS), the machine's (EC2). CREDENTIALS_MISSING says what was tried.
 */
export async function findAwsCredentials(environment: NodeJS.ProcessEnv): Promise<AwsCredentials> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment;
  if (accessKeyId && secretAccessKey)
    return { accessKeyId, secretAccessKey, sessionToken: environment['AWS_SESSION_TOKEN'] };
  const profile = readProfile(environment);
  const [id, secret] = [profile.get('aws_access_key_id'), profile.get('aws_secret_access_key')];
  if (id && secret) return { accessKeyId: id, secretAccessKey: secret, sessionToken: profile.get('aws_session_token') };
  const program = profile.get('credential_process');
  if (program) return await fromProcess(program, environment);
  const found = (await fromContainer(environment)) ?? (await fromMachine(environment));
  if (found) return found;
  throw fail('CREDENTIALS_MISSING', {
    what: 'AWS',
    problem:
      'neither AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, nor keys in the profile, nor a role of this container or machine',
    advice:
      'Run `aws configure`, or for single sign-on `eval "$(aws configure export-credentials --format env)"`, and try again.',
  });
}

/** The region: the option, the environment, or the profile. */
export function awsRegion(given: string | undefined, environment: NodeJS.ProcessEnv): string {
  const region =
    given ?? environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION'] ?? readProfile(environment).get('region');
  if (region !== undefined && /^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) return region;
  throw fail('USAGE', {
    problem: region === undefined ? '--region is missing.' : `--region: ${JSON.stringify(region)} is no region of AWS.`,
    advice: 'Give --region eu-central-1, or set AWS_REGION.',
  });
}

async function fromProcess(program: string, environment: NodeJS.ProcessEnv): Promise<AwsCredentials> {
  try {
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', program], { env: environment, timeout: 60_000 });
    const found = readCredentials(JSON.parse(stdout), 'SessionToken');
    if (found) return found;
  } catch (cause) {
    throw unusable('its credential_process fails', cause);
  }
  throw unusable('its credential_process gives no keys');
}

function unusable(problem: string, cause?: unknown) {
  const advice = 'Mend the profile in ~/.aws/config, or name another with AWS_PROFILE.';
  return fail(
    'CREDENTIALS_MISSING',
    { what: 'AWS', problem: `the profile cannot be used, ${problem}`, advice },
    { cause },
  );
}

async function fromContainer(environment: NodeJS.ProcessEnv): Promise<AwsCredentials | undefined> {
  const relative = environment['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'];
  const full = environment['AWS_CONTAINER_CREDENTIALS_FULL_URI'];
  const address = relative ? `http://169.254.170.2${relative}` : full;
  if (address === undefined) return undefined;
  const file = environment['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'];
  const token = file ? (await readFile(file, 'utf8')).trim() : environment['AWS_CONTAINER_AUTHORIZATION_TOKEN'];
  return readCredentials(JSON.parse((await ask(address, token ? { authorization: token } : {})) ?? 'null'), 'Token');
}

/** The instance metadata service, version 2. */
async function fromMachine(environment: NodeJS.ProcessEnv): Promise<AwsCredentials | undefined> {
  if (environment['AWS_EC2_METADATA_DISABLED'] === 'true') return undefined;
  const token = await ask(`${METADATA}/latest/api/token`, { 'x-aws-ec2-metadata-token-ttl-seconds': '300' }, 'PUT');
  if (token === undefined) return undefined;
  const headers = { 'x-aws-ec2-metadata-token': token };
  const path = `${METADATA}/latest/meta-data/iam/security-credentials/`;
  const role = (await ask(path, headers))?.trim();
  if (!role || !/^[\w+=,.@-]+$/.test(role)) return undefined;
  return readCredentials(JSON.parse((await ask(path + role, headers)) ?? 'null'), 'Token');
}

/** The text behind an address nearby; undefined where nobody answers. */
async function ask(url: string, headers: Record<string, string>, method = 'GET'): Promise<string | undefined> {
  try {
    const response = await fetch(url, { method, headers, signal: AbortSignal.timeout(METADATA_MS) });
    return response.ok ? await response.text() : undefined;
  } catch {
    return undefined;
  }
}

function readCredentials(value: unknown, tokenName: 'Token' | 'SessionToken'): AwsCredentials | undefined {
  const { AccessKeyId: id, SecretAccessKey: secret, [tokenName]: token } = Object(value) as Record<string, unknown>;
  if (typeof id !== 'string' || typeof secret !== 'string') return undefined;
  return { accessKeyId: id, secretAccessKey: secret, sessionToken: typeof token === 'string' ? token : undefined };
}
