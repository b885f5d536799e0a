import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { samplePackage } from '../../../../../test/sample-package.ts';
import { localActor } from '../../access/index.ts';
import { openHome, type Home } from '../index.ts';
import { deliverDue } from './deliver.ts';
import { admitWebhook } from './guard.ts';

interface Received {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

let folder: string;
let home: Home;
let now: Date;
let server: Server;
let host: string;
let answer: number;
const received: Received[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-webhooks-'));
  now = new Date('2026-01-02T03:04:05Z');
  home = await openHome({ home: folder, thread: 'inline', now: () => now });
  answer = 200;
  received.length = 0;
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      response.writeHead(answer, { location: 'http://169.254.169.254/' }).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.close();
  await home.close();
  rmSync(folder, { recursive: true, force: true });
});

const deliver = (allowed = [host]) => deliverDue(home.webhooks, allowed, () => now);
const add = (amount: number, model = 'sum') =>
  home.registry.register(samplePackage(amount), model, { source: {}, summary: {} });
const make = (more: object = {}) =>
  home.webhooks.create({ name: 'ci', url: `http://${host}/hook`, ...more }, localActor);

test('a change arrives once, signed, for those who asked for it', async () => {
  const { webhook, secret } = await make({ events: ['version.imported', 'alias.set'], model: 'sum' });
  await add(1, 'other');
  await add(1);
  now = new Date(now.getTime() + 1);
  await add(1);
  await home.registry.setAlias('sum', 'champion', 1);
  await deliver();
  await deliver();
  const documents = received.map(({ body }) => JSON.parse(body) as { event: string; model: string; version?: number });
  expect(documents.map(({ event }) => event).toSorted()).toEqual(['alias.set', 'version.imported']);
  expect(documents.find(({ event }) => event === 'version.imported')).toMatchObject({ model: 'sum', version: 1 });
  for (const { headers, body } of received) {
    const text = `${String(headers['x-slipway-delivery'])}.${String(headers['x-slipway-timestamp'])}.${body}`;
    const expected = createHmac('sha256', secret).update(text).digest('base64');
    expect(headers['x-slipway-signature']).toBe(`v1,${expected}`);
  }
  const log = await home.webhooks.deliveries(webhook.id);
  expect(log.map(({ state, status, attempts }) => [state, status, attempts])).toEqual([
    ['delivered', 200, 1],
    ['delivered', 200, 1],
  ]);
});

test('what fails is tried again with longer pauses, then given up', async () => {
  const { webhook } = await make();
  await home.webhooks.ping(webhook.id);
  answer = 500;
  const pauses = [0, 5, 30, 120, 600, 3600, 7200];
  for (const seconds of pauses) {
    now = new Date(now.getTime() + seconds * 1000);
    await deliver();
    await deliver();
  }
  expect(received).toHaveLength(6);
  expect(new Set(received.map(({ headers }) => headers['x-slipway-delivery'])).size).toBe(1);
  const [delivery] = await home.webhooks.deliveries(webhook.id);
  expect(delivery).toMatchObject({ state: 'failed', attempts: 6, status: 500, problem: 'it answers 500' });
});

test('redirects are not followed, and an address that is not allowed is not called', async () => {
  const { webhook } = await make();
  await home.webhooks.ping(webhook.id);
  await deliver([]);
  expect(received).toEqual([]);
  expect((await home.webhooks.deliveries(webhook.id))[0]).toMatchObject({
    state: 'pending',
    attempts: 1,
    status: null,
  });
  answer = 302;
  now = new Date(now.getTime() + 6000);
  await deliver();
  expect(received).toHaveLength(1);
  expect((await home.webhooks.deliveries(webhook.id))[0]).toMatchObject({ state: 'pending', status: 302 });
});

test.for([
  'http://example.com/',
  'https://127.0.0.1/',
  'https://10.1.2.3/',
  'https://169.254.169.254/latest/meta-data',
  'https://[::1]/',
  'https://[::ffff:10.0.0.1]/',
  'https://[fd00::1]/',
  'https://2130706433/',
  'https://0x7f.1/',
  'https://localhost/',
])('%s is not called', async (url) => {
  await expect(admitWebhook(url, [])).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
});

test('public addresses are called, and what the list names', async () => {
  expect(await admitWebhook('https://93.184.216.34/x', [])).toMatchObject({ address: '93.184.216.34', family: 4 });
  expect(await admitWebhook('http://10.1.2.3:9000/', ['10.1.2.3:9000'])).toMatchObject({ address: '10.1.2.3' });
  await expect(admitWebhook('http://10.1.2.3:9001/', ['10.1.2.3:9000'])).rejects.toThrow('not called');
});

test.for([
  [{ url: 'ftp://example.com' }, 'url'],
  [{ url: 'https://user:pass@example.com' }, 'credentials'],
  [{ events: ['model.exploded'] }, 'events'],
  [{ events: [] }, 'events'],
  [{ name: '' }, 'name'],
] as const)('%j is refused', async ([given, said]) => {
  await expect(make(given)).rejects.toThrow(said);
});

test('a webhook that is deleted takes its messages along', async () => {
  const { webhook } = await make();
  await home.webhooks.ping(webhook.id);
  await home.webhooks.delete(webhook.id, localActor);
  await deliver();
  expect(received).toEqual([]);
  await expect(home.webhooks.get(webhook.id)).rejects.toMatchObject({ code: 'WEBHOOK_NOT_FOUND' });
});
