import { fail } from '@slipway/core/errors';
import type { AwsCredentials } from '../../aws/credentials.ts';

/** A place in an S3-compatible store. */
export interface S3Place {
  readonly bucket: string;
  /** Without slashes at its ends; '' for the whole bucket. */
  readonly prefix: string;
  /** `https://s3.eu-central-1.amazonaws.com`, or that of another store. */
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: AwsCredentials;
}

/**
 * Reads `s3://bucket/prefix` with what the tools of AWS read: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
 * `AWS_SESSION_TOKEN`, `AWS_REGION`, and `AWS_ENDPOINT_URL_S3` for other stores than Amazon's.
 */
export function readS3Place(uri: string, environment: NodeJS.ProcessEnv): S3Place {
  const [, bucket = '', prefix = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(uri) ?? [];
  const clean = prefix.replaceAll(/^\/+|\/+$/g, '');
  if (bucket === '' || /[^\w!.*'()/ -]/.test(clean) || clean.split('/').includes('..')) {
    const problem = `${JSON.stringify(uri.slice(0, 200))} is no place in an S3 store.`;
    throw fail('USAGE', { problem, advice: 'Write s3://bucket/prefix.' });
  }
  const given = (...names: readonly string[]) => names.map((name) => environment[name]).find((value) => value);
  const accessKeyId = given('AWS_ACCESS_KEY_ID');
  const secretAccessKey = given('AWS_SECRET_ACCESS_KEY');
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const advice =
      "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; AWS_ENDPOINT_URL_S3 for a store that is not Amazon's.";
    throw fail('USAGE', { problem: `There are no credentials for ${uri}.`, advice });
  }
  const region = given('AWS_REGION', 'AWS_DEFAULT_REGION') ?? 'us-east-1';
  const endpoint =
    given('AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL', 'MLFLOW_S3_ENDPOINT_URL') ?? `https://s3.${region}.amazonaws.com`;
  if (!URL.canParse(endpoint))
    throw fail('USAGE', { problem: `AWS_ENDPOINT_URL_S3: ${endpoint} is no URL.`, advice: 'Write http://host:port.' });
  const credentials = { accessKeyId, secretAccessKey, sessionToken: given('AWS_SESSION_TOKEN') };
  return { bucket, prefix: clean, endpoint: endpoint.replace(/\/+$/, ''), region, credentials };
}
