import { connect, type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleModel } from '../../../../../test/sample-model.ts';
import { create, toBinary } from '@bufbuild/protobuf';
import { ModelInferRequestSchema } from '../../../../core/src/protocols/grpc/generated/inference_pb.ts';
import { localActor, parseGrant } from '../../access/index.ts';
import { ModelPlane } from '../../engine/index.ts';
import { openHome, type Home } from '../../registry/index.ts';
import { startServer, type RunningServer } from '../index.ts';
import { createLog } from '../../telemetry/index.ts';
import { frame, FrameReader } from './frames.ts';

let folder: string;
let home: Home;
let server: RunningServer;
let closed: RunningServer;
let key: string;
const lines: string[] = [];
const sessions: ClientHttp2Session[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-grpc-'));
  home = await openHome({ home: folder, thread: 'inline' });
  key = (await home.keys.create({ name: 'x', grants: [parseGrant('predict:other')] }, localActor)).key;
  const plane = new ModelPlane();
  await plane.serve(['churn'], () => sampleModel());
  const limits = { maxBodyBytes: 100_000 };
  const log = createLog({ format: 'json', write: (line) => lines.push(line) });
  server = await startServer({ plane, version: '0.0.0', port: 0, grpcPort: 0, limits, log, accessLog: true });
  closed = await startServer({ plane, version: '0.0.0', port: 0, grpcPort: 0, home });
});
afterAll(async () => {
  for (const session of sessions) session.close();
  await Promise.all([server.close(), closed.close()]);
  await home.close();
  rmSync(folder, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly http: number;
  readonly message: string;
  readonly bytes: Buffer;
}

/** Sends these bytes as the body of a call. */
function call(path: string, body: Uint8Array, headers: IncomingHttpHeaders = {}, to = server): Promise<Answer> {
  const session = connect(`http://127.0.0.1:${to.grpcPort}`);
  sessions.push(session);
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    const chunks: Buffer[] = [];
    let found: IncomingHttpHeaders = {};
    stream.on('response', (head) => (found = { ...found, ...head }));
    stream.on('trailers', (trailers) => (found = { ...found, ...trailers }));
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', reject);
    stream.on('close', () =>
      resolve({
        status: Number(found['grpc-status']),
        http: Number(found[':status']),
        message: decodeURIComponent(String(found['grpc-message'] ?? '')),
        bytes: Buffer.concat(chunks),
      }),
    );
    stream.end(body);
  });
}

const service = '/inference.GRPCInferenceService';
const named = (name: string) => Buffer.concat([Buffer.from([0x0a, name.length]), Buffer.from(name)]);

test('a call has its answer, its status and its metadata', async () => {
  expect(await call(`${service}/ServerLive`, frame(new Uint8Array()))).toMatchObject({
    http: 200,
    status: 0,
    bytes: frame(Uint8Array.of(8, 1)),
  });
  expect(await call(`${service}/ModelReady`, frame(named('churn')))).toMatchObject({ status: 0 });
  expect(await call(`${service}/ModelReady`, frame(named('nothing')))).toMatchObject({
    status: 5,
    message: 'There is no model or version "nothing".',
  });
});

test('gzip is taken, other encodings are not', async () => {
  const zipped = frame(gzipSync(named('churn')));
  zipped[0] = 1;
  expect((await call(`${service}/ModelReady`, zipped, { 'grpc-encoding': 'gzip' })).status).toBe(0);
  expect((await call(`${service}/ModelReady`, zipped)).status).toBe(3);
  expect((await call(`${service}/ModelReady`, zipped, { 'grpc-encoding': 'snappy' })).status).toBe(12);
  const bomb = frame(gzipSync(Buffer.alloc(10_000_000)));
  bomb[0] = 1;
  expect((await call(`${service}/ModelReady`, bomb, { 'grpc-encoding': 'gzip' })).status).toBe(8);
});

test.for([
  ['nothing at all', Buffer.alloc(0), 3],
  ['half a prefix', Buffer.from([0, 0]), 3],
  ['a length that lies', Buffer.from([0, 0, 0, 0, 9, 1]), 3],
  ['a length beyond the limit', Buffer.from([0, 0x7f, 0xff, 0xff, 0xff]), 8],
  ['two messages', Buffer.concat([frame(named('churn')), frame(named('churn'))]), 3],
  ['bytes that are no message', frame(Buffer.from([0xff, 0xff, 0xff])), 3],
  ['a message that is cut', frame(named('churn').subarray(0, 4)), 3],
  ['a wrong flag', Buffer.from([7, 0, 0, 0, 0]), 3],
] as const)('%s', async ([, body, status]) => {
  expect((await call(`${service}/ModelReady`, body)).status).toBe(status);
  expect((await call(`${service}/ServerLive`, frame(new Uint8Array()))).status).toBe(0);
});

test('random bytes never break the server', async () => {
  let seed = 7;
  const random = () => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
  for (let i = 0; i < 40; i++) {
    const body = Buffer.from(Array.from({ length: Math.floor(random() * 300) }, () => Math.floor(random() * 256)));
    for (const method of ['ModelInfer', 'ModelStreamInfer', 'RepositoryModelLoad'])
      expect([3, 5, 8, 12]).toContain((await call(`${service}/${method}`, frame(body))).status);
  }
  expect((await call(`${service}/ServerLive`, frame(new Uint8Array()))).status).toBe(0);
});

test('unknown methods and other protocols', async () => {
  expect((await call('/nothing/Here', frame(new Uint8Array()))).status).toBe(12);
  expect((await call(`${service}/ServerLive`, Buffer.from('{}'), { 'content-type': 'application/json' })).http).toBe(
    415,
  );
});

test('a deadline that is over', async () => {
  const body = frame(named('churn'));
  expect((await call(`${service}/ModelReady`, body, { 'grpc-timeout': '1n' })).status).toBe(4);
  expect((await call(`${service}/ModelReady`, body, { 'grpc-timeout': '5S' })).status).toBe(0);
});

test('keys hold here too', async () => {
  const infer = frame(named('churn'));
  expect((await call(`${service}/ServerLive`, frame(new Uint8Array()), {}, closed)).status).toBe(0);
  expect((await call(`${service}/ModelInfer`, infer, {}, closed)).status).toBe(16);
  const headers = { authorization: `Bearer ${key}` };
  expect((await call(`${service}/ModelInfer`, infer, headers, closed)).status).toBe(7);
  expect((await call(`${service}/RepositoryModelLoad`, infer, headers, closed)).status).toBe(7);
  expect((await call(`${service}/ModelInfer`, frame(named('other')), headers, closed)).status).toBe(5);
  expect((await call('/nothing/Here', infer, {}, closed)).status).toBe(16);
});

test('behind a platform models are asked, not loaded and unloaded', async () => {
  const plane = new ModelPlane();
  await plane.serve(['churn'], () => sampleModel());
  const platform = await startServer({ plane, version: '0.0.0', port: 0, grpcPort: 0, auth: 'platform' });
  for (const verb of ['RepositoryModelLoad', 'RepositoryModelUnload'])
    expect((await call(`${service}/${verb}`, frame(new Uint8Array()), {}, platform)).status).toBe(12);
  expect((await call(`${service}/ServerReady`, frame(new Uint8Array()), {}, platform)).status).toBe(0);
  const rest = await fetch(`${platform.url}/v2/repository/models/churn/unload`, { method: 'POST' });
  expect(rest.status).toBe(404);
  for (const session of sessions) session.close();
  await platform.close();
});

test('a page of another site does not get through to an open server', async () => {
  expect(
    (await call(`${service}/ServerLive`, frame(new Uint8Array()), { origin: 'https://evil.example' })).status,
  ).toBe(7);
});

test('frames come in any pieces', () => {
  const bytes = Buffer.concat([frame(named('churn')), frame(new Uint8Array()), frame(Buffer.alloc(1000, 7))]);
  for (const size of [1, 2, 3, 7, 500, 5000]) {
    const reader = new FrameReader(2000);
    const messages: number[] = [];
    for (let at = 0; at < bytes.length; at += size)
      for (const message of reader.push(bytes.subarray(at, at + size))) messages.push(message.length);
    expect(messages).toEqual([7, 0, 1000]);
    expect(reader.isDone).toBe(true);
  }
});

test('a call is counted and logged like a request of any wire', async () => {
  const text = (...values: string[]) => ({ bytesContents: values.map((value) => Buffer.from(value)) });
  const request = create(ModelInferRequestSchema, {
    modelName: 'churn',
    inputs: [
      { name: 'age', datatype: 'FP64', shape: [2n, 1n], contents: { fp64Contents: [41, 20] } },
      { name: 'plan', datatype: 'BYTES', shape: [2n, 1n], contents: text('gold', 'basic') },
      { name: 'region', datatype: 'BYTES', shape: [2n, 1n], contents: text('north', 'south') },
      { name: 'senior', datatype: 'BOOL', shape: [2n, 1n], contents: { boolContents: [true, false] } },
    ],
  });
  const body = frame(toBinary(ModelInferRequestSchema, request));
  const given = { 'x-request-id': 'by-grpc', traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };
  expect(await call(`${service}/ModelInfer`, body, given)).toMatchObject({ status: 0, message: '' });
  const metrics = server.metrics.render();
  const labels = 'model="churn",version="3"';
  expect(metrics).toContain(
    `slipway_http_requests_total{route="${service}/ModelInfer",wire="grpc",${labels},code="200"} 1\n`,
  );
  for (const stage of ['decode', 'queue', 'infer', 'encode'])
    expect(metrics).toContain(`slipway_stage_seconds_count{${labels},wire="grpc",stage="${stage}"} 1\n`);
  expect(metrics).toContain(`slipway_run_rows_sum{${labels},wire="grpc"} 2\n`);
  expect(metrics).toContain('slipway_errors_total{code="MODEL_NOT_FOUND",wire="grpc"} 1\n');
  const line = JSON.parse(lines.find((one) => one.includes('by-grpc')) as string) as Record<string, unknown>;
  expect(line).toMatchObject({
    message: 'request',
    wire: 'grpc',
    route: `${service}/ModelInfer`,
    status: 200,
    rows: 2,
    model: 'churn:3',
    trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
  });
  expect(line['bytes_in']).toBe(body.length - 5);
});
