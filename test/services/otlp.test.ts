import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSlipway } from './server.ts';
import { venv } from './venv.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'slipway-otlp-'));
const bodies: string[] = [];
const collector = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => {
    bodies.push(body);
    response.end('{}');
  });
});
let python: string;

beforeAll(async () => {
  python = await venv('otlp', ['opentelemetry-proto==1.39.0']);
  collector.listen(0, '127.0.0.1');
  await once(collector, 'listening');
}, 300_000);
afterAll(() => {
  collector.close();
  rmSync(folder, { recursive: true, force: true });
});

test('what a server exports is what OpenTelemetry reads', async () => {
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/`;
  const server = await startSlipway(['serve', join(root, 'examples/churn/model.joblib'), '--name', 'churn'], {
    env: {
      ...process.env,
      SLIPWAY_HOME: folder,
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_SERVICE_NAME: 'scoring',
    },
  });
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const rows = JSON.parse(readFileSync(join(root, 'examples/churn/rows.json'), 'utf8')) as unknown[];
  await fetch(`${server.url}/predict/churn`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent: `00-${trace}-00f067aa0ba902b7-01` },
    body: JSON.stringify(rows),
  });
  expect(await server.stop()).toBe(0);
  expect(bodies).toHaveLength(1);
  const read = JSON.parse(
    execFileSync(python, [resolve(import.meta.dirname, 'otlp-check.py')], {
      input: bodies[0],
      encoding: 'utf8',
    }),
  ) as { resource: Record<string, unknown>; spans: Record<string, unknown>[] };
  expect(read.resource).toMatchObject({ 'service.name': 'scoring', 'telemetry.sdk.language': 'nodejs' });
  const [request, ...stages] = read.spans as [Record<string, unknown>, ...Record<string, unknown>[]];
  expect(request).toMatchObject({
    name: 'POST /predict/{ref}',
    kind: 2,
    trace,
    parent: '00f067aa0ba902b7',
    rows: rows.length,
  });
  expect(stages.map(({ name }) => name)).toEqual(expect.arrayContaining(['decode', 'infer', 'encode']));
  for (const stage of stages) expect(stage).toMatchObject({ trace, parent: request['span'], kind: 1 });
  expect(request['ns']).toBeGreaterThan(stages.reduce((sum, { ns }) => sum + Number(ns), 0) * 0.99);
});

test('a server whose collector is away stops in order', async () => {
  const server = await startSlipway(['serve', join(root, 'examples/churn/model.joblib'), '--name', 'churn'], {
    env: { ...process.env, SLIPWAY_HOME: folder, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' },
  });
  const rows = readFileSync(join(root, 'examples/churn/rows.json'), 'utf8');
  const headers = { 'content-type': 'application/json' };
  // More than a batch, so that it is sending when it is told to stop.
  for (let i = 0; i < 200; i++) await fetch(`${server.url}/predict/churn`, { method: 'POST', headers, body: rows });
  const began = performance.now();
  expect(await server.stop()).toBe(0);
  expect(performance.now() - began).toBeLessThan(10_000);
});
