import { afterAll, beforeAll, expect, test } from 'vitest';
import { request } from 'node:http';
import { sampleModel, sampleRow } from '../../../../test/sample-model.ts';
import { ModelPlane } from '../engine/index.ts';
import { startServer, type RunningServer } from './index.ts';

let local: RunningServer;
let platform: RunningServer;
beforeAll(async () => {
  const plane = new ModelPlane();
  await plane.serve(['churn'], () => sampleModel());
  local = await startServer({ plane, version: '0.0.0', port: 0 });
  platform = await startServer({ plane, version: '0.0.0', port: 0, host: '0.0.0.0', auth: 'platform' });
});
afterAll(() => Promise.all([local.close(), platform.close()]));

/** fetch sets Host and forbids others: this one sends what it is told. */
function ask(
  server: RunningServer,
  path: string,
  headers: Record<string, string>,
  body?: string,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port: server.port, path, method: body === undefined ? 'GET' : 'POST', headers },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve({ status: response.statusCode as number, text }));
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

test.for<Record<string, string>>([
  { host: 'localhost' },
  { host: 'localhost:1234' },
  { host: 'LOCALHOST:8080' },
  { host: '127.0.0.1:8080' },
  { host: '127.1.2.3' },
  { host: '[::1]:8080' },
  { host: 'localhost', origin: 'http://localhost:3000' },
  { host: 'localhost', origin: 'http://127.0.0.1:8080' },
])('on this machine: %o', async (headers) => expect((await ask(local, '/healthz', headers)).status).toBe(200));

test.for<Record<string, string>>([
  { host: 'evil.example' },
  { host: 'localhost.evil.example' },
  { host: '127.0.0.1.evil.example' },
  { host: '10.0.0.1:8080' },
  { host: '[::2]' },
  { host: 'localhost', origin: 'https://evil.example' },
  { host: 'localhost', origin: 'http://localhost.evil.example' },
  { host: 'localhost', origin: 'null' },
  { host: 'localhost', 'x-forwarded-for': '1.2.3.4' },
  { host: 'localhost', 'X-Forwarded-Host': 'example.com' },
  { host: 'localhost', forwarded: 'for=1.2.3.4' },
  { host: 'localhost', via: '1.1 proxy' },
  { host: 'localhost', 'x-real-ip': '1.2.3.4' },
])('from elsewhere: %o', async (headers) => {
  for (const [path, body] of [['/healthz'], ['/predict', JSON.stringify(sampleRow)], ['/'], ['/nothing']] as const) {
    const { status, text } = await ask(local, path, { 'content-type': 'application/json', ...headers }, body);
    expect(status).toBe(403);
    expect(JSON.parse(text)).toMatchObject({
      code: 'FORBIDDEN_ORIGIN',
      hint: expect.stringContaining('start it with --auth platform') as string,
    });
  }
});

test.for<{ path: string; body?: string; status: number }>([
  { path: '/predict', body: JSON.stringify(sampleRow), status: 200 },
  { path: '/predict/churn', body: JSON.stringify(sampleRow), status: 200 },
  { path: '/healthz', status: 200 },
  { path: '/readyz', status: 200 },
  { path: '/metrics', status: 200 },
  { path: '/', status: 200 },
  { path: '/api/v1/models', status: 404 },
  { path: '/openapi.json', status: 404 },
  { path: '/docs', status: 404 },
  { path: '/ui/page.css', status: 404 },
])('behind a platform $path answers $status', async ({ path, body, status }) => {
  const headers = {
    host: 'models.example.com',
    'x-forwarded-for': '1.2.3.4',
    'content-type': 'application/json',
    accept: 'text/html',
  };
  expect((await ask(platform, path, headers, body)).status).toBe(status);
});

test('the address behind 0.0.0.0 can be called', () => expect(platform.url).toBe(`http://127.0.0.1:${platform.port}`));
