import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeCertificate, type TestCertificate } from '../../../../test/certificate.ts';
import { sampleModel } from '../../../../test/sample-model.ts';
import { ModelPlane } from '../engine/index.ts';
import { createLog } from '../telemetry/index.ts';
import { startServer, type RunningServer, type ServerOptions } from './index.ts';

const authority = makeCertificate('authority');
let folder: string;
let log: string[];
let server: RunningServer | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-tls-'));
  log = [];
  save(makeCertificate('first', authority));
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  rmSync(folder, { recursive: true });
});

const path = (name: string) => join(folder, name);
/** As programs that renew certificates do it: each file is replaced as a whole. */
function save({ cert, key }: Pick<TestCertificate, 'cert' | 'key'>, to = ['cert.pem', 'key.pem']) {
  [cert, key].forEach((text, i) => {
    writeFileSync(path('draft'), text);
    renameSync(path('draft'), path(to[i] as string));
  });
}

async function start(more: Partial<ServerOptions['tls']> = {}, options: Partial<ServerOptions> = {}) {
  const plane = new ModelPlane();
  await plane.serve(['churn'], () => sampleModel());
  const tls = { cert: path('cert.pem'), key: path('key.pem'), ...more };
  server = await startServer({
    plane,
    version: '0.0.0',
    port: 0,
    tls,
    log: createLog({ format: 'json', write: (line) => void log.push(line) }),
    ...options,
  });
  return server;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Name in the certificate of the server. */
  readonly name: string;
  readonly protocol: string | null;
}

function ask(url: string, options: object = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    get(url, { ca: authority.cert, agent: false, ...options }, (response) => {
      const socket = response.socket as TLSSocket;
      const name = String(socket.getPeerCertificate().subject.CN);
      const protocol = socket.getProtocol();
      response.resume();
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, name, protocol }),
      );
    }).on('error', reject);
  });
}

async function nameAfter(url: string, wanted: string) {
  for (let i = 0; i < 100 && (await ask(`${url}/healthz`)).name !== wanted; i++) await wait(50);
  return (await ask(`${url}/healthz`)).name;
}

test('serves HTTPS with TLS 1.2 or 1.3, and nothing older', async () => {
  const { url, port } = await start();
  expect(url).toBe(`https://127.0.0.1:${port}`);
  expect(await ask(`${url}/healthz`)).toMatchObject({ status: 200, name: 'first', protocol: 'TLSv1.3' });
  expect((await ask(`${url}/healthz`, { maxVersion: 'TLSv1.2' })).protocol).toBe('TLSv1.2');
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
  await expect(ask(`${url}/healthz`, old)).rejects.toThrow(/alert|protocol/i);
});

test('a client that speaks plain HTTP is cut off, and the server goes on', async () => {
  const { url, port } = await start();
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow('fetch failed');
  expect((await ask(`${url}/healthz`)).status).toBe(200);
});

test('browsers are told to stay with HTTPS, but not on localhost', async () => {
  const { url } = await start({}, { auth: 'platform' });
  const named = await ask(`${url}/healthz`, { headers: { host: 'models.example' }, servername: 'localhost' });
  expect(named.headers['strict-transport-security']).toBe('max-age=31536000');
  expect((await ask(`${url}/healthz`)).headers['strict-transport-security']).toBeUndefined();
});

test('new certificates are used by new connections, broken ones are not, and nobody is cut off', async () => {
  const { url } = await start();
  save(makeCertificate('second', authority));
  expect(await nameAfter(url, 'second')).toBe('second');

  writeFileSync(path('cert.pem'), 'no certificate');
  for (let i = 0; i < 100 && !log.join().includes('certificate not reloaded'); i++) await wait(50);
  expect(log.join()).toContain('holds no PEM certificate');
  expect((await ask(`${url}/healthz`)).name).toBe('second');

  // The key of another certificate.
  save({ cert: makeCertificate('odd', authority).cert, key: makeCertificate('other', authority).key });
  for (let i = 0; i < 100 && !log.join().includes('does not belong'); i++) await wait(50);
  expect((await ask(`${url}/healthz`)).name).toBe('second');

  save(makeCertificate('third', authority));
  expect(await nameAfter(url, 'third')).toBe('third');
});

test('with an authority for clients, only they may connect', async () => {
  writeFileSync(path('clients.pem'), authority.cert);
  const { url } = await start({ clientCa: path('clients.pem') });
  const { cert, key } = makeCertificate('client', authority);
  expect((await ask(`${url}/healthz`, { cert, key })).status).toBe(200);
  await expect(ask(`${url}/healthz`)).rejects.toThrow(/certificate required|alert|ECONNRESET|socket hang up/i);
  const stranger = makeCertificate('client', makeCertificate('authority'));
  const wrong = { cert: stranger.cert, key: stranger.key };
  await expect(ask(`${url}/healthz`, wrong)).rejects.toThrow(/alert|ECONNRESET|socket hang up/i);
});

test('gRPC has the same certificate', async () => {
  const { grpcPort } = await start({}, { grpcPort: 0 });
  const session = connect(`https://127.0.0.1:${grpcPort}`, { ca: authority.cert });
  const stream = session.request({
    ':method': 'POST',
    ':path': '/inference.GRPCInferenceService/ServerLive',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  stream.end(Buffer.alloc(5));
  stream.resume();
  const [trailers] = (await once(stream, 'trailers')) as [Record<string, unknown>];
  expect([trailers['grpc-status'], session.encrypted, session.alpnProtocol]).toEqual(['0', true, 'h2']);
  session.close();
});

test('another address still needs keys', async () => {
  await expect(start({}, { host: '0.0.0.0' })).rejects.toMatchObject({ code: 'KEYS_REQUIRED' });
});

test('an end that is near is in the log', async () => {
  save(makeCertificate('late', authority, 3));
  await start();
  expect(log.join()).toContain('the certificate expires soon');
});

test.for<[string, (good: TestCertificate) => void, string, string]>([
  ['missing', () => rmSync(path('key.pem')), 'FILE_NOT_FOUND', 'key.pem'],
  ['no certificate', () => writeFileSync(path('cert.pem'), 'x'), 'INVALID_CERTIFICATE', 'no PEM certificate'],
  ['no key', ({ cert }) => writeFileSync(path('key.pem'), cert), 'INVALID_CERTIFICATE', 'no PEM private key'],
  ['the key of another', () => writeFileSync(path('key.pem'), authority.key), 'INVALID_CERTIFICATE', 'does not belong'],
])('refuses to start: %s', async ([, spoil, code, problem]) => {
  const good = makeCertificate('good', authority);
  save(good);
  spoil(good);
  await expect(start()).rejects.toMatchObject({ code, message: expect.stringContaining(problem) as string });
});
