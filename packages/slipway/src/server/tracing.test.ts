import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sampleModel, sampleRow } from '../../../../test/sample-model.ts';
import { ModelPlane } from '../engine/index.ts';
import { createLog, openTracer, silentLog, type Tracer } from '../telemetry/index.ts';
import { startServer, type RunningServer } from './index.ts';

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
  readonly status: { readonly code?: number };
}

let collector: Server;
let endpoint: string;
let plane: ModelPlane;
let received: { path: string; headers: Record<string, unknown>; body: string }[] = [];
/** What the collector answers next; 200 when empty. */
const answers: number[] = [];

beforeAll(async () => {
  collector = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      received.push({ path: request.url ?? '', headers: request.headers, body });
      response.writeHead(answers.shift() ?? 200, { 'content-type': 'application/json' }).end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  plane = new ModelPlane();
  await plane.serve(['churn'], () => sampleModel());
});
afterAll(() => collector.close());
beforeEach(() => {
  received = [];
  answers.length = 0;
});

const lines: string[] = [];
const log = createLog({ format: 'json', write: (line) => lines.push(line) });

function tracer(environment: Record<string, string> = {}, more: object = {}): Tracer {
  return openTracer({ endpoint, environment, version: '0.0.0', log: silentLog, ...more }) as Tracer;
}

async function traced(
  environment: Record<string, string>,
  use: (server: RunningServer) => Promise<unknown>,
): Promise<Span[]> {
  const server = await startServer({
    plane,
    version: '0.0.0',
    port: 0,
    log,
    accessLog: true,
    tracer: tracer(environment),
  });
  await use(server);
  await server.close();
  return spansOf();
}

function spansOf(): Span[] {
  return received.flatMap(({ body }) =>
    (JSON.parse(body) as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] }).resourceSpans.flatMap(
      ({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans),
    ),
  );
}

const attributesOf = ({ attributes }: Span) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
const predict = (server: RunningServer, body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/predict/churn`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const parent = '00f067aa0ba902b7';

test.for([
  { name: 'one row', body: sampleRow, rows: '1' },
  { name: 'a batch', body: [sampleRow, sampleRow, sampleRow], rows: '3' },
])('$name: a span for the request, and one for each stage', async ({ body, rows }) => {
  const spans = await traced({}, async (server) => {
    const response = await predict(server, body, {
      traceparent: `00-${trace}-${parent}-01`,
      tracestate: 'vendor=abc',
      'x-request-id': 'traced-1',
    });
    expect(response.headers.get('traceparent')).toMatch(new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`));
    expect(response.headers.get('tracestate')).toBe('vendor=abc');
  });
  const [request, ...stages] = spans as [Span, ...Span[]];
  expect(request).toMatchObject({
    traceId: trace,
    parentSpanId: parent,
    traceState: 'vendor=abc',
    kind: 2,
    status: {},
  });
  expect(request.name).toBe('POST /predict/{ref}');
  expect(attributesOf(request)).toMatchObject({
    'http.request.method': 'POST',
    'http.route': '/predict/{ref}',
    'http.response.status_code': '200',
    'slipway.wire': 'native',
    'slipway.model': 'churn',
    'slipway.version': '3',
    'slipway.rows': rows,
    'slipway.request_id': 'traced-1',
  });
  expect(stages.map(({ name }) => name).filter((name) => name !== 'queue')).toEqual(['decode', 'infer', 'encode']);
  const ids = new Set(spans.map(({ spanId }) => spanId));
  expect(ids.size).toBe(spans.length);
  let before = BigInt(request.startTimeUnixNano);
  for (const stage of stages) {
    expect(stage).toMatchObject({ traceId: trace, parentSpanId: request.spanId, kind: 1 });
    expect(BigInt(stage.startTimeUnixNano)).toBeGreaterThanOrEqual(before);
    expect(BigInt(stage.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(stage.startTimeUnixNano));
    before = BigInt(stage.startTimeUnixNano);
  }
  expect(BigInt(request.endTimeUnixNano)).toBeGreaterThanOrEqual(before);
  expect(Math.abs(Number(BigInt(request.endTimeUnixNano) / 1_000_000n) - Date.now())).toBeLessThan(60_000);
  const told = JSON.parse(lines.findLast((line) => line.includes('traced-1')) as string) as Record<string, unknown>;
  expect(told).toMatchObject({
    message: 'request',
    wire: 'native',
    route: '/predict/{ref}',
    rows: Number(rows),
    model: 'churn:3',
    request_id: 'traced-1',
    trace_id: trace,
  });
  expect(told['bytes_in']).toBeGreaterThan(0);
});

test('the resource, the headers and the address are those of the environment', async () => {
  await traced(
    {
      OTEL_SERVICE_NAME: 'scoring',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=test,team=a%20b',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-token=s%20t',
    },
    (server) => predict(server, sampleRow),
  );
  expect(received[0]).toMatchObject({
    path: '/v1/traces',
    headers: { 'x-token': 's t', 'content-type': 'application/json' },
  });
  const { resource } = (JSON.parse(received[0]?.body ?? '') as { resourceSpans: { resource: Span }[] })
    .resourceSpans[0] as {
    resource: Span;
  };
  expect(attributesOf(resource)).toMatchObject({
    'service.name': 'scoring',
    'service.version': '0.0.0',
    'deployment.environment': 'test',
    team: 'a b',
  });
});

test('an error tells its code; ours are marked as errors', async () => {
  const spans = await traced({}, async (server) => {
    await predict(server, { nothing: 1 });
    await fetch(`${server.url}/nothing`);
  });
  expect(spans.map((span) => attributesOf(span)['error.type'])).toEqual(['INVALID_INPUT', 'ROUTE_NOT_FOUND']);
  expect(spans.map(({ status }) => status)).toEqual([{}, {}]);
});

test.for<[name: string, environment: Record<string, string>, flags: string | undefined, isTraced: boolean]>([
  ['everything by default', {}, undefined, true],
  ['a caller that is not sampled', {}, '00', false],
  ['always_on, whatever the caller says', { OTEL_TRACES_SAMPLER: 'always_on' }, '00', true],
  ['always_off', { OTEL_TRACES_SAMPLER: 'always_off' }, '01', false],
  ['a ratio of none', { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' }, '01', false],
  [
    'a ratio of none, but the caller is sampled',
    { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' },
    '01',
    true,
  ],
])('%s', async ([, environment, flags, isTraced]) => {
  const spans = await traced(environment, async (server) => {
    const response = await predict(server, sampleRow, flags ? { traceparent: `00-${trace}-${parent}-${flags}` } : {});
    expect(response.headers.get('traceparent')?.endsWith(isTraced ? '-01' : '-00')).toBe(true);
  });
  expect(spans.length > 0).toBe(isTraced);
});

test('a ratio is kept', () => {
  const half = tracer({ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.5' });
  const sampled = Array.from({ length: 4000 }, () => half.begin(undefined, undefined)).filter(
    ({ isSampled }) => isSampled,
  );
  expect(sampled.length).toBeGreaterThan(1800);
  expect(sampled.length).toBeLessThan(2200);
  return half.exporter.close();
});

test.for([
  '',
  'nonsense',
  `ff-${trace}-${parent}-01`,
  `00-${'0'.repeat(32)}-${parent}-01`,
  `00-${trace}-${'0'.repeat(16)}-01`,
  `00-${trace.toUpperCase()}-${parent}-01`,
  `00-${trace}-${parent}-01-more`,
])('a traceparent that is not valid starts a new trace: %s', async (text) => {
  const one = tracer();
  const begun = one.begin(text, 'a=b');
  expect(begun.traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(begun.traceId).not.toBe(trace);
  expect(begun).toMatchObject({ parentId: undefined, state: undefined, isSampled: true });
  await one.exporter.close();
});

test('a later version of traceparent is read as far as it is known', async () => {
  const one = tracer();
  expect(one.begin(`01-${trace}-${parent}-01-more`, undefined)).toMatchObject({ traceId: trace, parentId: parent });
  await one.exporter.close();
});

test('a collector that is busy is asked again; one that refuses is not; what waits is bounded', async () => {
  const one = tracer();
  const call = one.begin(undefined, undefined);
  const span = {
    ...call,
    name: 'x',
    kind: 'internal',
    begin: 1,
    end: 2,
    attributes: { share: 0.5, yes: true },
  } as const;
  answers.push(503);
  one.exporter.add(span);
  await one.exporter.flush();
  expect(received).toHaveLength(2);
  expect(one.exporter.counts).toEqual({ exported: 1, dropped: 0, failed: 0 });
  expect(spansOf()[0]?.attributes).toEqual([
    { key: 'share', value: { doubleValue: 0.5 } },
    { key: 'yes', value: { boolValue: true } },
  ]);
  answers.push(400);
  one.exporter.add(span);
  await one.exporter.flush();
  expect(one.exporter.counts).toEqual({ exported: 1, dropped: 0, failed: 1 });
  for (let i = 0; i < 10_000; i++) one.exporter.add(span);
  await one.exporter.close();
  const { exported, dropped, failed } = one.exporter.counts;
  expect(dropped).toBeGreaterThan(1000);
  expect(exported + dropped + failed).toBe(10_002);
});

test('a collector that is away fails no request, and is told once', async () => {
  const told: string[] = [];
  const away = openTracer({
    endpoint: 'http://127.0.0.1:9',
    environment: {},
    version: '0.0.0',
    log: createLog({ format: 'json', write: (line) => told.push(line) }),
  }) as Tracer;
  const server = await startServer({ plane, version: '0.0.0', port: 0, tracer: away });
  for (let i = 0; i < 3; i++) expect((await predict(server, sampleRow)).status).toBe(200);
  await server.close();
  expect(away.exporter.counts.failed).toBe(12);
  expect(told).toHaveLength(1);
});

test.for<[environment: Record<string, string>, problem: RegExp]>([
  [{ OTEL_TRACES_SAMPLER: 'sometimes' }, /OTEL_TRACES_SAMPLER: expected always_on/],
  [{ OTEL_TRACES_SAMPLER_ARG: '2' }, /expected a share from 0 to 1/],
  [{ OTEL_EXPORTER_OTLP_HEADERS: 'secret' }, /OTEL_EXPORTER_OTLP_HEADERS: expected NAME=VALUE pairs[^]*received "…"/],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'collector' }, /expected an address/],
])('what cannot be is told: %o', ([environment, problem]) => {
  expect(() => tracer(environment)).toThrow(problem);
});

test.for([{ OTEL_SDK_DISABLED: 'true' }, { OTEL_TRACES_EXPORTER: 'none' }])('off: %o', (environment) => {
  expect(openTracer({ endpoint, environment, version: '0.0.0', log: silentLog })).toBeUndefined();
});
