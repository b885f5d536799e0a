import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleModel, sampleRow } from '../../../../test/sample-model.ts';
import { ModelPlane } from '../engine/index.ts';
import { startServer, type RunningServer, type ServerOptions } from './index.ts';

const row = JSON.stringify(sampleRow);
let server: RunningServer;
beforeAll(async () => {
  server = await start();
});
afterAll(() => server.close());

async function start(options: Partial<ServerOptions> = {}): Promise<RunningServer> {
  const plane = new ModelPlane();
  await plane.serve(['churn'], () => sampleModel());
  return startServer({ plane, version: '0.0.0', port: 0, ...options });
}

/** Speaks HTTP byte by byte. */
class Client {
  readonly socket: Socket;
  text = '';
  constructor(to: RunningServer) {
    this.socket = connect(to.port, '127.0.0.1');
    this.socket.on('data', (data) => (this.text += data.toString()));
    this.socket.on('error', () => {});
  }

  send(text: string): this {
    this.socket.write(text);
    return this;
  }

  async closed(): Promise<string> {
    if (!this.socket.closed) await once(this.socket, 'close');
    return this.text;
  }

  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.text)) {
      if (this.socket.closed) throw new Error(`the connection ended with ${JSON.stringify(this.text)}`);
      await wait(2);
    }
    return this.text;
  }
}

const head = (method: string, path: string, more = ''): string =>
  `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;
const predict = (body: string, more = ''): string =>
  `${head('POST', '/predict', `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${more}`)}${body}`;

test.for<{ name: string; text: string; status: number; code: string }>([
  { name: 'no HTTP', text: 'hello\r\n\r\n', status: 400, code: 'INVALID_REQUEST' },
  { name: 'another version', text: 'GET / HTTP/9.9\r\n\r\n', status: 400, code: 'INVALID_REQUEST' },
  {
    name: 'a bad header',
    text: 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nbad header\r\n\r\n',
    status: 400,
    code: 'INVALID_REQUEST',
  },
  {
    name: 'two lengths',
    text: head('POST', '/predict', 'content-length: 1\r\ncontent-length: 2\r\n'),
    status: 400,
    code: 'INVALID_REQUEST',
  },
  {
    name: 'length and chunks (request smuggling)',
    text: head('POST', '/predict', 'content-length: 5\r\ntransfer-encoding: chunked\r\n'),
    status: 400,
    code: 'INVALID_REQUEST',
  },
  {
    name: 'a wrong chunk',
    text: `${head('POST', '/predict', 'content-type: application/json\r\ntransfer-encoding: chunked\r\n')}zz\r\n`,
    status: 400,
    code: 'INVALID_REQUEST',
  },
  {
    name: 'endless headers',
    text: head('GET', '/healthz', `x: ${'y'.repeat(20_000)}\r\n`),
    status: 431,
    code: 'HEADERS_TOO_LARGE',
  },
])('$name is refused and the connection closed', async ({ text, status, code }) => {
  const answer = await new Client(server).send(text).closed();
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(answer.toLowerCase()).toContain('content-type: application/problem+json');
  expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({
    status,
    code,
    request_id: expect.any(String) as string,
  });
});

test('a request target that is no path is refused', async () => {
  const client = new Client(server).send(head('GET', 'http://localhost/healthz'));
  expect(await client.until(/INVALID_REQUEST/)).toMatch(/^HTTP\/1.1 400 /);
  client.socket.destroy();
});

test('a missing Host is refused', async () => {
  expect(await new Client(server).send('GET /healthz HTTP/1.1\r\n\r\n').closed()).toMatch(/^HTTP\/1.1 400 /);
});

test('garbage after a good request is answered too', async () => {
  const client = new Client(server).send(predict(row));
  await client.until(/"prediction"/);
  expect(await client.send('garbage\r\n\r\n').closed()).toContain('INVALID_REQUEST');
});

test('pipelined requests are answered in order', async () => {
  const rows = [18, 40, 90].map((age) => JSON.stringify({ ...sampleRow, age }));
  const client = new Client(server).send(rows.map((each, i) => predict(each, `x-request-id: r${i}\r\n`)).join(''));
  const text = await client.until(/(?:"prediction"[^]*){3}/);
  expect([...text.matchAll(/x-request-id: (r\d)/g)].map(([, id]) => id)).toEqual(['r0', 'r1', 'r2']);
  client.socket.destroy();
});

test('a body that comes in pieces', async () => {
  const client = new Client(server);
  const text = predict(row);
  for (let i = 0; i < text.length; i += 40) {
    client.send(text.slice(i, i + 40));
    await wait(1);
  }
  expect(await client.until(/"prediction"/)).toMatch(/^HTTP\/1.1 200 /);
  client.socket.destroy();
});

test('a declared length beyond the limit is refused before the body comes', async () => {
  const small = await start({ limits: { maxBodyBytes: 1000 } });
  const client = new Client(small).send(
    head('POST', '/predict', 'content-type: application/json\r\ncontent-length: 999999\r\n'),
  );
  expect(await client.until(/TOO_LARGE/)).toMatch(/^HTTP\/1.1 413 /);
  expect(client.text.toLowerCase()).toContain('connection: close');
  await client.closed();
  await small.close();
});

test('a client that asks before it sends is told in time', async () => {
  const small = await start({ limits: { maxBodyBytes: 1000 } });
  const large = new Client(small).send(
    head('POST', '/predict', 'content-type: application/json\r\ncontent-length: 5000\r\nexpect: 100-continue\r\n'),
  );
  expect(await large.until(/TOO_LARGE/)).toMatch(/^HTTP\/1.1 413 /);
  const fitting = new Client(small).send(
    head(
      'POST',
      '/predict',
      `content-type: application/json\r\ncontent-length: ${row.length}\r\nexpect: 100-continue\r\n`,
    ),
  );
  await fitting.until(/^HTTP\/1.1 100 Continue/);
  expect(await fitting.send(row).until(/"prediction"/)).toContain('HTTP/1.1 200 OK');
  large.socket.destroy();
  fitting.socket.destroy();
  await small.close();
});

test('an endless chunked body is cut off', async () => {
  const small = await start({ limits: { maxBodyBytes: 10_000 } });
  const client = new Client(small).send(
    head('POST', '/predict', 'content-type: application/json\r\ntransfer-encoding: chunked\r\n'),
  );
  const chunk = `1000\r\n${' '.repeat(0x1000)}\r\n`;
  for (let i = 0; i < 200 && client.socket.writable && !client.text.includes('TOO_LARGE'); i++) {
    client.send(chunk);
    await wait(1);
  }
  expect(client.text).toMatch(/^HTTP\/1.1 413 /);
  await client.closed();
  await small.close();
});

test('a request that takes too long to arrive is given up', async () => {
  const impatient = await start({ limits: { requestTimeoutMs: 200 } });
  const slow = new Client(impatient)
    .send(head('POST', '/predict', 'content-type: application/json\r\ncontent-length: 100\r\n'))
    .send('{');
  const slower = new Client(impatient).send('POST /predict HTT');
  expect(await slow.closed()).toMatch(/^HTTP\/1.1 408 /);
  expect(await slower.closed()).toMatch(/^HTTP\/1.1 408 /);
  expect(slow.text).toContain('REQUEST_TIMEOUT');
  await impatient.close();
});

test('uploads that break off leave the server well', async () => {
  for (let i = 0; i < 20; i++) {
    const client = new Client(server)
      .send(head('POST', '/predict', 'content-type: application/json\r\ncontent-length: 5000\r\n'))
      .send('{"age": 1');
    await wait(2);
    client.socket.destroy();
  }
  await wait(20);
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  expect(server.metrics.inFlight).toBe(0);
  expect(server.metrics.clientsGone).toBeGreaterThanOrEqual(20);
});

test.for<{ method: string; path: string; status: number; allow?: string }>([
  { method: 'GET', path: '/predict', status: 405, allow: 'POST, OPTIONS' },
  { method: 'PUT', path: '/predict/churn', status: 405, allow: 'POST, OPTIONS' },
  { method: 'POST', path: '/healthz', status: 405, allow: 'GET, HEAD, OPTIONS' },
  { method: 'OPTIONS', path: '/predict', status: 204, allow: 'POST, OPTIONS' },
  { method: 'OPTIONS', path: '/metrics', status: 204, allow: 'GET, HEAD, OPTIONS' },
  { method: 'HEAD', path: '/healthz', status: 200 },
  { method: 'GET', path: '/nothing', status: 404 },
  { method: 'DELETE', path: '/nothing', status: 404 },
  { method: 'GET', path: '/predict/', status: 404 },
  { method: 'POST', path: '/predict/a/b', status: 404 },
  { method: 'POST', path: '/predict/%ff', status: 404 },
])('$method $path: $status', async ({ method, path, status, allow }) => {
  const response = await fetch(server.url + path, { method });
  expect(response.status).toBe(status);
  expect(response.headers.get('allow')).toBe(allow ?? null);
  expect(response.headers.has('x-request-id')).toBe(true);
  const text = await response.text();
  if (status >= 400 && method !== 'HEAD')
    expect(JSON.parse(text)).toMatchObject({ status, code: status === 404 ? 'ROUTE_NOT_FOUND' : 'METHOD_NOT_ALLOWED' });
  else expect(text).toBe('');
});

test('running requests finish when the server stops, new connections are refused', async () => {
  const stopping = await start();
  const client = new Client(stopping)
    .send(head('POST', '/predict', `content-type: application/json\r\ncontent-length: ${row.length}\r\n`))
    .send(row.slice(0, 10));
  await wait(20);
  const closing = stopping.close();
  expect(stopping.close()).toBe(closing);
  await wait(20);
  await expect(fetch(`${stopping.url}/healthz`)).rejects.toThrow();
  const answer = await client.send(row.slice(10)).closed();
  expect(answer).toMatch(/^HTTP\/1.1 200 /);
  expect(answer.toLowerCase()).toContain('connection: close');
  await closing;
});

test('connections that never sent anything do not hold up a stop', async () => {
  const stopping = await start();
  const silent = new Client(stopping);
  const idle = new Client(stopping).send(head('GET', '/healthz'));
  await idle.until(/"ok"/);
  const started = performance.now();
  await stopping.close();
  expect(performance.now() - started).toBeLessThan(2000);
  await Promise.all([silent.closed(), idle.closed()]);
});

test('what does not finish is cut off after the drain timeout', async () => {
  const stopping = await start({ limits: { drainTimeoutMs: 100 } });
  const client = new Client(stopping).send(head('POST', '/predict', 'content-length: 100\r\n'));
  await wait(20);
  const started = performance.now();
  await stopping.close();
  expect(performance.now() - started).toBeLessThan(2000);
  await client.closed();
});

test('under load, a stop loses no request that had arrived', async () => {
  const stopping = await start();
  const answers: string[] = [];
  const worker = async () => {
    for (;;) {
      try {
        const response = await fetch(`${stopping.url}/predict`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: row,
        });
        answers.push(((await response.json()) as { prediction: string }).prediction);
      } catch {
        // Refused, or reset by the system while the connection was not accepted yet.
        return;
      }
    }
  };
  const workers = Array.from({ length: 8 }, worker);
  await wait(100);
  await stopping.close();
  await Promise.all(workers);
  expect(answers.length).toBeGreaterThan(8);
  expect(new Set(answers)).toEqual(new Set(['Yes']));
  // As many answers left the server as requests came in, and nobody was cut off.
  expect(stopping.metrics.render()).toContain(
    `{route="/predict",wire="native",model="churn",version="3",code="200"} ${answers.length}\n`,
  );
  expect(stopping.metrics.clientsGone).toBe(0);
});

test('a taken port and a foreign address are coded errors', async () => {
  await expect(start({ port: server.port })).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' });
  await expect(start({ host: '0.0.0.0' })).rejects.toMatchObject({ code: 'KEYS_REQUIRED' });
  await expect(start({ host: '192.0.2.1', auth: 'platform' })).rejects.toMatchObject({ code: 'USAGE' });
});

test('random bodies never break the server', async () => {
  let state = 7;
  const random = (below: number): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) % below;
  const seeds = [
    row,
    `[${row},${row}]`,
    'age,plan,region,senior\n1,gold,north,1\n',
    `${row}\n${row}\n`,
    '[[1,2],[3]]',
    'null',
  ];
  const types = ['application/json', 'text/csv', 'application/x-ndjson'];
  const pieces = [
    '{',
    '}',
    '[',
    ']',
    '"',
    ',',
    ':',
    '\n',
    '\r',
    '\\',
    'null',
    '1e999',
    '-0',
    '\u{e000}null',
    'é',
    '\0',
    '"__proto__":',
    '9'.repeat(40),
  ];
  const statuses = new Set<number>();
  for (let i = 0; i < 400; i++) {
    let body = seeds[random(seeds.length)] as string;
    for (let edits = random(4); edits >= 0; edits--) {
      const at = random(body.length + 1);
      const kind = random(3);
      if (kind === 0) body = body.slice(0, at);
      else if (kind === 1) body = body.slice(0, at) + pieces[random(pieces.length)] + body.slice(at);
      else body = body.slice(0, at) + body.slice(at + 1 + random(5));
    }
    const response = await fetch(`${server.url}/predict`, {
      method: 'POST',
      headers: { 'content-type': types[random(types.length)] as string },
      body,
    });
    statuses.add(response.status);
    await response.arrayBuffer();
  }
  expect(statuses).toEqual(new Set([200, 400]));
});
