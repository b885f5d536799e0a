import { createHash, createHmac } from 'node:crypto';
import type { AwsCredentials } from './credentials.ts';

export interface SignedCall {
  readonly method: string;
  readonly url: URL;
  /** Without `host`, which follows from the URL. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface SigningScope {
  readonly credentials: AwsCredentials;
  /** Signing name: `sagemaker`, `ecr`, `s3`. */
  readonly service: string;
  readonly region: string;
  readonly now: Date;
}

/**
 * The headers of a call with its signature, AWS Signature Version 4.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function sign({ method, url, headers, body }: SignedCall, scope: SigningScope): Record<string, string> {
  const { credentials, service, region, now } = scope;
  const time = now.toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const day = time.slice(0, 8);
  const payload = hash(body);
  const all: Record<string, string> = {
    ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value.trim()])),
    host: url.host,
    'x-amz-date': time,
    ...(service === 's3' ? { 'x-amz-content-sha256': payload } : {}),
    ...(credentials.sessionToken === undefined ? {} : { 'x-amz-security-token': credentials.sessionToken }),
  };
  const names = Object.keys(all).toSorted();
  const signed = names.join(';');
  const canonical = [
    method,
    pathOf(url, service),
    queryOf(url),
    ...names.map((name) => `${name}:${all[name]}`),
    '',
    signed,
    payload,
  ].join('\n');
  const credentialScope = `${day}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', time, credentialScope, hash(canonical)].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(
    (secret, part) => mac(secret, part),
    `AWS4${credentials.secretAccessKey}`,
  );
  const signature = mac(key, text).toString('hex');
  const credential = `${credentials.accessKeyId}/${credentialScope}`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signed}, Signature=${signature}`;
  const { host: _, ...sent } = all;
  return { ...sent, authorization };
}

/** S3 signs the path as it is sent; the others encode it a second time. */
function pathOf({ pathname }: URL, service: string): string {
  const once = pathname.split('/').map((part) => encode(decodeURIComponent(part)));
  return (service === 's3' ? once : once.map(encode)).join('/');
}

function queryOf({ searchParams }: URL): string {
  const pairs = [...searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`);
  return pairs.toSorted().join('&');
}

/** Percent-encoding of AWS: all but letters, digits and `-._~` (RFC 3986). */
export function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function hash(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function mac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
