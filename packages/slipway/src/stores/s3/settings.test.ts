import { expect, test } from 'vitest';
import { readS3Place } from './settings.ts';
import { encode } from '../../aws/sigv4.ts';

test('signs of a path are encoded as AWS does', () => {
  expect(encode("a b+c'(d)*!~")).toBe('a%20b%2Bc%27%28d%29%2A%21~');
});

const environment = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_REGION: 'eu-central-1' };

test('a place is read with what AWS tools read', () => {
  expect(readS3Place('s3://models/team/', environment)).toMatchObject({
    bucket: 'models',
    prefix: 'team',
    endpoint: 'https://s3.eu-central-1.amazonaws.com',
  });
  const other = { ...environment, AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9000/' };
  expect(readS3Place('s3://models', other)).toMatchObject({ prefix: '', endpoint: 'http://127.0.0.1:9000' });
});

test.for(['s3://', 's3://a', 's3://Models/x', 'gs://models', 's3://models/../x', 's3://models/a?b'])(
  '%s is no place',
  (uri) => {
    expect(() => readS3Place(uri, environment)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  },
);

test('without credentials it says which variables are missing', () => {
  expect(() => readS3Place('s3://models', {})).toThrow(
    expect.objectContaining({ hint: expect.stringContaining('AWS_ACCESS_KEY_ID') as string }),
  );
});
