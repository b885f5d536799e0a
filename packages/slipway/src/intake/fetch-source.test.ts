import { createServer } from 'node:http';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkPin, fetchSource, isUri } from './fetch-source.ts';

const temporary = mkdtempSync(join(tmpdir(), 'slipway-fetch-'));
const server = createServer((request, response) => {
  if (request.url === '/dir/model.pkl') response.end('the model');
  else if (request.url === '/moved') response.writeHead(302, { location: '/dir/model.pkl' }).end();
  else response.writeHead(404).end('no');
});
let origin = '';
beforeAll(async () => {
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  rmSync(temporary, { recursive: true, force: true });
});

test.for([
  ['https://x/y', true],
  ['file:/tmp/x', true],
  ['s3://bucket/key', true],
  ['models:/churn/1', true],
  ['C:\\models\\x.pkl', false],
  ['./x.pkl', false],
  ['churn:3', false],
  ['a-model:12', false],
] as const)('%s is a URI: %s', ([text, expected]) => {
  expect(isUri(text)).toBe(expected);
});

test.for(['/dir/model.pkl', '/moved'])('%s is downloaded, and given back', async (path) => {
  let place = '';
  {
    await using fetched = await fetchSource(`${origin}${path}`, temporary);
    place = fetched.path;
    expect(readFileSync(place, 'utf8')).toBe('the model');
    expect(fetched.name).toBe(path.split('/').at(-1));
  }
  expect(existsSync(place)).toBe(false);
});

test('what is not there is FILE_NOT_FOUND and leaves nothing', async () => {
  await expect(fetchSource(`${origin}/nothing`, temporary)).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
    hint: expect.stringContaining('404'),
  });
  await expect(fetchSource('http://127.0.0.1:1/x', temporary)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  expect(readdirSync(temporary)).toEqual([]);
});

test('a path and a file: address are used where they are', async () => {
  await using plain = await fetchSource('some/model.pkl', temporary);
  expect(plain).toMatchObject({ path: 'some/model.pkl', sha256: undefined });
  await using file = await fetchSource(pathToFileURL('/some/model.pkl').href, temporary);
  expect(file.path).toBe('/some/model.pkl');
});

test('a pin is compared', async () => {
  const pin = 'ab'.repeat(32);
  await using pinned = await fetchSource(`some/model.pkl#sha256=${pin.toUpperCase()}`, temporary);
  expect(pinned).toMatchObject({ path: 'some/model.pkl', sha256: pin });
  expect(() => checkPin(pinned, pin)).not.toThrow();
  expect(() => checkPin(pinned, '0'.repeat(64))).toThrow(expect.objectContaining({ code: 'CORRUPT_FILE' }));
});

test('stores that are not read yet are named', async () => {
  await expect(fetchSource('gs://bucket/model.pkl', temporary)).rejects.toMatchObject({ code: 'UNSUPPORTED_FORMAT' });
});
