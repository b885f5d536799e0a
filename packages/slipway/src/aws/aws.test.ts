import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { AwsClient, AwsRefusal } from './client.ts';
import { awsRegion, findAwsCredentials } from './credentials.ts';
import { sign } from './sigv4.ts';

const folder = mkdtempSync(join(tmpdir(), 'slipway-aws-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('signatures are those of AWS’ documentation', () => {
  test('a call with a query', () => {
    const headers = sign(
      {
        method: 'GET',
        url: new URL('https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08'),
        headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' },
        body: new Uint8Array(0),
      },
      {
        credentials: {
          accessKeyId: 'AKIDEXAMPLE',
          secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
        },
        service: 'iam',
        region: 'us-east-1',
        now: new Date('2015-08-30T12:36:00Z'),
      },
    );
    expect(headers['authorization']).toContain(
      'SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
    );
  });

  test('an object of S3', () => {
    const headers = sign(
      {
        method: 'GET',
        url: new URL('https://examplebucket.s3.amazonaws.com/test.txt'),
        headers: { Range: 'bytes=0-9' },
        body: new Uint8Array(0),
      },
      {
        credentials: {
          accessKeyId: `AKIA${'IOSFODNN7EXAMPLE'}`,
          secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
        },
        service: 's3',
        region: 'us-east-1',
        now: new Date('2013-05-24T00:00:00Z'),
      },
    );
    expect(headers['authorization']).toContain(
      'Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    );
  });
});

describe('credentials', () => {
  const none = { AWS_EC2_METADATA_DISABLED: 'true', HOME: folder };

  test('come from the environment first', async () => {
    const given = { ...none, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_SESSION_TOKEN: 'c' };
    expect(await findAwsCredentials(given)).toEqual({ accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' });
  });

  test('then from the profile, its program included', async () => {
    const program = join(folder, 'keys.sh');
    writeFileSync(program, `#!/bin/sh\necho '{"AccessKeyId":"x","SecretAccessKey":"y"}'\n`);
    chmodSync(program, 0o755);
    const credentials = join(folder, 'credentials');
    const config = join(folder, 'config');
    writeFileSync(credentials, '[default]\naws_access_key_id = d\naws_secret_access_key = e\n[other]\n');
    writeFileSync(config, `[profile team]\nregion = eu-central-1\ncredential_process = ${program}\n`);
    const files = { ...none, AWS_SHARED_CREDENTIALS_FILE: credentials, AWS_CONFIG_FILE: config };
    expect(await findAwsCredentials(files)).toMatchObject({ accessKeyId: 'd', secretAccessKey: 'e' });
    const team = { ...files, AWS_PROFILE: 'team' };
    expect(await findAwsCredentials(team)).toMatchObject({ accessKeyId: 'x', secretAccessKey: 'y' });
    expect(awsRegion(undefined, team)).toBe('eu-central-1');
  });

  test('that are nowhere are told', async () => {
    await expect(findAwsCredentials(none)).rejects.toMatchObject({ code: 'CREDENTIALS_MISSING' });
    expect(() => awsRegion(undefined, none)).toThrow('--region is missing');
    expect(() => awsRegion('mars', none)).toThrow('no region');
  });
});

describe('calls', () => {
  const keys = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
  const signal = new AbortController().signal;

  async function answering(replies: readonly (readonly [number, string])[]) {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${String(request.headers['x-amz-target'] ?? request.url)}`);
      const [status, body] = replies[Math.min(asked.length, replies.length) - 1] as readonly [number, string];
      response.writeHead(status).end(body);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const environment = { ...keys, AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` };
    return { aws: new AwsClient('us-east-1', environment, signal), asked, close: () => server.close() };
  }

  test('are tried again where AWS is busy, and not where it refuses', async () => {
    const busy = await answering([
      [500, ''],
      [400, '{"__type":"ThrottlingException","message":"slow down"}'],
      [200, '{"ok":true}'],
    ]);
    expect(await busy.aws.call('sagemaker', 'DescribeModel', {})).toEqual({ ok: true });
    expect(busy.asked).toEqual(Array.from({ length: 3 }, () => 'POST SageMaker.DescribeModel'));
    busy.close();
    const refusing = await answering([[400, '{"__type":"com.amazon#ValidationException","message":"say \\"what\\""}']]);
    const refusal = await refusing.aws.call('ecr', 'CreateRepository', {}).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(AwsRefusal);
    expect(refusal).toMatchObject({ code: 'ValidationException', message: 'ValidationException: say "what"' });
    expect(refusing.asked).toHaveLength(1);
    refusing.close();
  });

  test.for([
    { body: '{"__type":"UnrecognizedClientException","message":"no"}', code: 'CREDENTIALS_MISSING' },
    { body: '{"__type":"ExpiredTokenException","message":"no"}', code: 'CREDENTIALS_MISSING' },
    { body: '{"__type":"AccessDeniedException","Message":"not allowed to ecr:X"}', code: 'REMOTE_FAILED' },
    { body: '<Error><Code>AccessDenied</Code><Message>no</Message></Error>', code: 'REMOTE_FAILED' },
  ])('$body is $code', async ({ body, code }) => {
    const { aws, close } = await answering([[403, body]]);
    await expect(aws.putObject('bucket', 'a/b c.tar.gz', new Uint8Array(1), 'text/plain')).rejects.toMatchObject({
      code,
    });
    close();
  });
});
