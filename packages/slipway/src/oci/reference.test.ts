import { expect, test } from 'vitest';
import { isLocalHost, parseOciReference, showOciReference } from './reference.ts';

const digest = `sha256:${'ab'.repeat(32)}`;

test.for([
  ['registry.example/churn', { host: 'registry.example', repository: 'churn', tag: undefined, digest: undefined }],
  ['oci://127.0.0.1:5000/team/churn:v1.2', { host: '127.0.0.1:5000', repository: 'team/churn', tag: 'v1.2' }],
  [`oci:localhost/a/b__c@${digest}`, { host: 'localhost', repository: 'a/b__c', digest }],
  [`[::1]:5000/x:1@${digest}`, { host: '[::1]:5000', repository: 'x', tag: '1', digest }],
] as const)('%s', ([text, expected]) => {
  const reference = parseOciReference(text);
  expect(reference).toMatchObject(expected);
  expect(parseOciReference(showOciReference(reference))).toEqual(reference);
});

test.for([
  'churn',
  'library/churn:1',
  'registry.example/Churn:1',
  'registry.example/../churn',
  'registry.example/churn:a/b',
  'registry.example/churn@sha256:abc',
  'user@registry.example/churn',
  'https://registry.example/churn',
])('%s is no place', (text) => {
  expect(() => parseOciReference(text)).toThrow(expect.objectContaining({ code: 'USAGE' }));
});

test('plain HTTP is for this machine', () => {
  const hosts = ['localhost:5000', '127.0.0.1', '[::1]:80', '127.0.0.1.example.com', 'localhost.example.com'];
  expect(hosts.map(isLocalHost)).toEqual([true, true, true, false, false]);
});
