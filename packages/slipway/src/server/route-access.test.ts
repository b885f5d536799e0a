import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleModel } from '../../../../test/sample-model.ts';
import { localActor, parseGrant } from '../access/index.ts';
import { ModelPlane } from '../engine/index.ts';
import { openHome, type Home } from '../registry/index.ts';
import { trackingWire } from '../tracking/index.ts';
import { startServer, type RunningServer, type ServerOptions } from './index.ts';

let folder: string;
let home: Home;
let server: RunningServer;
let plane: WatchedPlane;
let key: string;
let full: string;

/** Notes for which models somebody got as far as looking. */
class WatchedPlane extends ModelPlane {
  readonly looked: (string | undefined)[] = [];
  override find(ref: string | undefined): ReturnType<ModelPlane['find']> {
    this.looked.push(ref);
    return super.find(ref);
  }
}

const wires = ['sagemaker', 'torchserve'].map((name) => ({ name, port: name === 'sagemaker' ? undefined : 0 }));
const start = (more: Partial<ServerOptions> = {}) => startServer({ plane, version: '0.0.0', port: 0, home, ...more });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-routes-'));
  home = await openHome({ home: folder, thread: 'inline' });
  plane = new WatchedPlane();
  await plane.serve(['churn'], () => sampleModel());
  const make = async (scopes: string[]) =>
    (await home.keys.create({ name: 'x', grants: scopes.map(parseGrant) }, localActor)).key;
  key = await make(['predict:other', 'read:other', 'write:other', 'deploy:other']);
  full = await make(['admin']);
  const moreWires = [trackingWire({ rows: home.rows, artifacts: join(folder, 'artifacts') })];
  server = await start({ auth: 'keys', wires, moreWires });
});
afterAll(async () => {
  await server.close();
  await home.close();
  rmSync(folder, { recursive: true });
});

const table = ({ routes }: RunningServer) =>
  routes.map(({ method, path, access = 'predict' }) => `${access.padEnd(7)} ${method.padEnd(6)} ${path}`).toSorted();

test('who may call what: a new route is a change of this table', () => {
  expect(`\n${table(server).join('\n')}\n`).toMatchInlineSnapshot(`
    "
    admin   DELETE /api/v1/keys/{id}
    admin   DELETE /api/v1/webhooks/{id}
    admin   GET    /api/v1/audit
    admin   GET    /api/v1/keys
    admin   GET    /api/v1/keys/{id}
    admin   GET    /api/v1/webhooks
    admin   GET    /api/v1/webhooks/{id}
    admin   GET    /api/v1/webhooks/{id}/deliveries
    admin   POST   /api/v1/keys
    admin   POST   /api/v1/keys/{id}/rotate
    admin   POST   /api/v1/webhooks
    admin   POST   /api/v1/webhooks/{id}/test
    deploy  DELETE /api/v1/endpoints/{name}
    deploy  DELETE /api/v1/models/{name}/aliases/{alias}
    deploy  DELETE /models/{model}
    deploy  POST   /api/v1/endpoints/{name}/pause
    deploy  POST   /api/v1/endpoints/{name}/promote
    deploy  POST   /api/v1/endpoints/{name}/resume
    deploy  POST   /api/v1/endpoints/{name}/rollback
    deploy  POST   /models
    deploy  POST   /v2/repository/models/{model}/load
    deploy  POST   /v2/repository/models/{model}/unload
    deploy  PUT    /api/v1/endpoints/{name}
    deploy  PUT    /api/v1/models/{name}/aliases/{alias}
    predict GET    /api-description
    predict GET    /models
    predict GET    /models/{model}
    predict GET    /v1/models
    predict GET    /v1/models/{model}
    predict GET    /v1/models/{model}/labels/{label}
    predict GET    /v1/models/{model}/labels/{label}/metadata
    predict GET    /v1/models/{model}/metadata
    predict GET    /v1/models/{model}/versions/{version}
    predict GET    /v1/models/{model}/versions/{version}/metadata
    predict GET    /v2
    predict GET    /v2/models/{model}
    predict GET    /v2/models/{model}/ready
    predict GET    /v2/models/{model}/versions/{version}
    predict GET    /v2/models/{model}/versions/{version}/ready
    predict POST   /api/v1/feedback
    predict POST   /endpoints/{model}/invocations
    predict POST   /invocations
    predict POST   /models/{model}/invoke
    predict POST   /predict
    predict POST   /predict/{ref}
    predict POST   /predictions/{model}
    predict POST   /predictions/{model}/{version}
    predict POST   /score
    predict POST   /serving-endpoints/{model}/invocations
    predict POST   /v1/models/{model}/labels/{label}:classify
    predict POST   /v1/models/{model}/labels/{label}:predict
    predict POST   /v1/models/{model}/labels/{label}:regress
    predict POST   /v1/models/{model}/versions/{version}:classify
    predict POST   /v1/models/{model}/versions/{version}:predict
    predict POST   /v1/models/{model}/versions/{version}:regress
    predict POST   /v1/models/{model}:classify
    predict POST   /v1/models/{model}:predict
    predict POST   /v1/models/{model}:regress
    predict POST   /v2/models/{model}/infer
    predict POST   /v2/models/{model}/versions/{version}/infer
    predict POST   /v2/repository/index
    predict PUT    /predictions/{model}
    predict PUT    /predictions/{model}/{version}
    public  GET    /
    public  GET    /ajax-api/3.0/mlflow/server-info
    public  GET    /api/3.0/mlflow/server-info
    public  GET    /docs
    public  GET    /execution-parameters
    public  GET    /health
    public  GET    /healthz
    public  GET    /ping
    public  GET    /readyz
    public  GET    /ui/answer.js
    public  GET    /ui/docs.js
    public  GET    /ui/first-page.js
    public  GET    /ui/icon.svg
    public  GET    /ui/page.css
    public  GET    /ui/row-form.js
    public  GET    /ui/site
    public  GET    /ui/site/{folder}/{name}
    public  GET    /ui/site/{name}
    public  GET    /v2/health/live
    public  GET    /v2/health/ready
    public  GET    /version
    read    GET    /ajax-api/2.0/mlflow-artifacts/artifacts
    read    GET    /ajax-api/2.0/mlflow-artifacts/artifacts/{path*}
    read    GET    /ajax-api/2.0/mlflow-artifacts/presigned/{path*}
    read    GET    /ajax-api/2.0/mlflow/artifacts/list
    read    GET    /ajax-api/2.0/mlflow/experiments/get
    read    GET    /ajax-api/2.0/mlflow/experiments/get-by-name
    read    GET    /ajax-api/2.0/mlflow/experiments/search
    read    GET    /ajax-api/2.0/mlflow/experiments/search-datasets
    read    GET    /ajax-api/2.0/mlflow/logged-models/{model_id}
    read    GET    /ajax-api/2.0/mlflow/logged-models/{model_id}/artifacts/directories
    read    GET    /ajax-api/2.0/mlflow/logged-models/{model_id}/artifacts/files
    read    GET    /ajax-api/2.0/mlflow/metrics/get-history
    read    GET    /ajax-api/2.0/mlflow/metrics/get-history-bulk
    read    GET    /ajax-api/2.0/mlflow/metrics/get-history-bulk-interval
    read    GET    /ajax-api/2.0/mlflow/runs/get
    read    GET    /ajax-api/3.0/mlflow/traces/batchGet
    read    GET    /ajax-api/3.0/mlflow/traces/get
    read    GET    /ajax-api/3.0/mlflow/traces/{trace_id}
    read    GET    /api/2.0/mlflow-artifacts/artifacts
    read    GET    /api/2.0/mlflow-artifacts/artifacts/{path*}
    read    GET    /api/2.0/mlflow-artifacts/presigned/{path*}
    read    GET    /api/2.0/mlflow/artifacts/list
    read    GET    /api/2.0/mlflow/experiments/get
    read    GET    /api/2.0/mlflow/experiments/get-by-name
    read    GET    /api/2.0/mlflow/experiments/search
    read    GET    /api/2.0/mlflow/experiments/search-datasets
    read    GET    /api/2.0/mlflow/logged-models/{model_id}
    read    GET    /api/2.0/mlflow/logged-models/{model_id}/artifacts/directories
    read    GET    /api/2.0/mlflow/logged-models/{model_id}/artifacts/files
    read    GET    /api/2.0/mlflow/metrics/get-history
    read    GET    /api/2.0/mlflow/metrics/get-history-bulk
    read    GET    /api/2.0/mlflow/metrics/get-history-bulk-interval
    read    GET    /api/2.0/mlflow/runs/get
    read    GET    /api/3.0/mlflow/traces/batchGet
    read    GET    /api/3.0/mlflow/traces/get
    read    GET    /api/3.0/mlflow/traces/{trace_id}
    read    GET    /api/v1/endpoints
    read    GET    /api/v1/endpoints/{name}
    read    GET    /api/v1/events
    read    GET    /api/v1/feedback/summary
    read    GET    /api/v1/jobs
    read    GET    /api/v1/jobs/{id}
    read    GET    /api/v1/models
    read    GET    /api/v1/models/{name}
    read    GET    /api/v1/models/{name}/about
    read    GET    /api/v1/models/{name}/versions
    read    GET    /api/v1/models/{name}/versions/{version}
    read    GET    /api/v1/models/{name}/versions/{version}/about
    read    GET    /api/v1/search
    read    GET    /get-artifact
    read    GET    /metrics
    read    GET    /openapi.json
    read    POST   /ajax-api/2.0/mlflow/artifacts/presigned-download-url
    read    POST   /ajax-api/2.0/mlflow/experiments/search
    read    POST   /ajax-api/2.0/mlflow/experiments/search-datasets
    read    POST   /ajax-api/2.0/mlflow/logged-models/search
    read    POST   /ajax-api/2.0/mlflow/runs/search
    read    POST   /ajax-api/3.0/mlflow/traces/batchGetInfos
    read    POST   /ajax-api/3.0/mlflow/traces/search
    read    POST   /api/2.0/mlflow/artifacts/presigned-download-url
    read    POST   /api/2.0/mlflow/experiments/search
    read    POST   /api/2.0/mlflow/experiments/search-datasets
    read    POST   /api/2.0/mlflow/logged-models/search
    read    POST   /api/2.0/mlflow/runs/search
    read    POST   /api/3.0/mlflow/traces/batchGetInfos
    read    POST   /api/3.0/mlflow/traces/search
    write   DELETE /ajax-api/2.0/mlflow-artifacts/artifacts/{path*}
    write   DELETE /ajax-api/2.0/mlflow/logged-models/{model_id}
    write   DELETE /ajax-api/2.0/mlflow/logged-models/{model_id}/tags/{key}
    write   DELETE /ajax-api/2.0/mlflow/traces/{trace_id}/tags
    write   DELETE /ajax-api/3.0/mlflow/traces/{trace_id}/tags
    write   DELETE /api/2.0/mlflow-artifacts/artifacts/{path*}
    write   DELETE /api/2.0/mlflow/logged-models/{model_id}
    write   DELETE /api/2.0/mlflow/logged-models/{model_id}/tags/{key}
    write   DELETE /api/2.0/mlflow/traces/{trace_id}/tags
    write   DELETE /api/3.0/mlflow/traces/{trace_id}/tags
    write   DELETE /api/v1/models/{name}
    write   DELETE /api/v1/models/{name}/versions/{version}
    write   PATCH  /ajax-api/2.0/mlflow/logged-models/{model_id}
    write   PATCH  /ajax-api/2.0/mlflow/logged-models/{model_id}/tags
    write   PATCH  /ajax-api/2.0/mlflow/traces/{trace_id}/tags
    write   PATCH  /ajax-api/3.0/mlflow/traces/{trace_id}/tags
    write   PATCH  /api/2.0/mlflow/logged-models/{model_id}
    write   PATCH  /api/2.0/mlflow/logged-models/{model_id}/tags
    write   PATCH  /api/2.0/mlflow/traces/{trace_id}/tags
    write   PATCH  /api/3.0/mlflow/traces/{trace_id}/tags
    write   PATCH  /api/v1/models/{name}/about
    write   PATCH  /api/v1/models/{name}/versions/{version}/about
    write   POST   /ajax-api/2.0/mlflow-artifacts/mpu/abort/{path*}
    write   POST   /ajax-api/2.0/mlflow-artifacts/mpu/complete/{path*}
    write   POST   /ajax-api/2.0/mlflow-artifacts/mpu/create/{path*}
    write   POST   /ajax-api/2.0/mlflow/artifacts/presigned-upload-url
    write   POST   /ajax-api/2.0/mlflow/experiments/create
    write   POST   /ajax-api/2.0/mlflow/experiments/delete
    write   POST   /ajax-api/2.0/mlflow/experiments/delete-experiment-tag
    write   POST   /ajax-api/2.0/mlflow/experiments/restore
    write   POST   /ajax-api/2.0/mlflow/experiments/set-experiment-tag
    write   POST   /ajax-api/2.0/mlflow/experiments/update
    write   POST   /ajax-api/2.0/mlflow/logged-models
    write   POST   /ajax-api/2.0/mlflow/logged-models/{model_id}/params
    write   POST   /ajax-api/2.0/mlflow/runs/create
    write   POST   /ajax-api/2.0/mlflow/runs/delete
    write   POST   /ajax-api/2.0/mlflow/runs/delete-tag
    write   POST   /ajax-api/2.0/mlflow/runs/log-batch
    write   POST   /ajax-api/2.0/mlflow/runs/log-inputs
    write   POST   /ajax-api/2.0/mlflow/runs/log-metric
    write   POST   /ajax-api/2.0/mlflow/runs/log-model
    write   POST   /ajax-api/2.0/mlflow/runs/log-parameter
    write   POST   /ajax-api/2.0/mlflow/runs/outputs
    write   POST   /ajax-api/2.0/mlflow/runs/restore
    write   POST   /ajax-api/2.0/mlflow/runs/set-tag
    write   POST   /ajax-api/2.0/mlflow/runs/update
    write   POST   /ajax-api/2.0/mlflow/traces/delete-traces
    write   POST   /ajax-api/2.0/mlflow/traces/link-to-run
    write   POST   /ajax-api/3.0/mlflow/traces
    write   POST   /ajax-api/3.0/mlflow/traces/delete-traces
    write   POST   /api/2.0/mlflow-artifacts/mpu/abort/{path*}
    write   POST   /api/2.0/mlflow-artifacts/mpu/complete/{path*}
    write   POST   /api/2.0/mlflow-artifacts/mpu/create/{path*}
    write   POST   /api/2.0/mlflow/artifacts/presigned-upload-url
    write   POST   /api/2.0/mlflow/experiments/create
    write   POST   /api/2.0/mlflow/experiments/delete
    write   POST   /api/2.0/mlflow/experiments/delete-experiment-tag
    write   POST   /api/2.0/mlflow/experiments/restore
    write   POST   /api/2.0/mlflow/experiments/set-experiment-tag
    write   POST   /api/2.0/mlflow/experiments/update
    write   POST   /api/2.0/mlflow/logged-models
    write   POST   /api/2.0/mlflow/logged-models/{model_id}/params
    write   POST   /api/2.0/mlflow/runs/create
    write   POST   /api/2.0/mlflow/runs/delete
    write   POST   /api/2.0/mlflow/runs/delete-tag
    write   POST   /api/2.0/mlflow/runs/log-batch
    write   POST   /api/2.0/mlflow/runs/log-inputs
    write   POST   /api/2.0/mlflow/runs/log-metric
    write   POST   /api/2.0/mlflow/runs/log-model
    write   POST   /api/2.0/mlflow/runs/log-parameter
    write   POST   /api/2.0/mlflow/runs/outputs
    write   POST   /api/2.0/mlflow/runs/restore
    write   POST   /api/2.0/mlflow/runs/set-tag
    write   POST   /api/2.0/mlflow/runs/update
    write   POST   /api/2.0/mlflow/traces/delete-traces
    write   POST   /api/2.0/mlflow/traces/link-to-run
    write   POST   /api/3.0/mlflow/traces
    write   POST   /api/3.0/mlflow/traces/delete-traces
    write   POST   /api/v1/jobs
    write   POST   /api/v1/jobs/{id}/cancel
    write   POST   /api/v1/models/{name}/restore
    write   POST   /api/v1/models/{name}/versions/{version}/restore
    write   POST   /v1/traces
    write   PUT    /ajax-api/2.0/mlflow-artifacts/artifacts/{path*}
    write   PUT    /api/2.0/mlflow-artifacts/artifacts/{path*}
    "
  `);
});

test('behind a platform there is no management', async () => {
  const platform = await start({ auth: 'platform' });
  const paths = table(platform);
  await platform.close();
  expect(paths.filter((line) => /\/(?:api\/|ui|docs|openapi)/.test(line))).toEqual([]);
  expect(paths.filter((line) => /^(?:write|deploy|admin)/.test(line))).toEqual([]);
});

/** A path of the route, about this model. */
const pathOf = (path: string, model: string) =>
  path
    .replaceAll(/\{(?:name|model|ref)\}/g, model)
    .replace('{version}', '3')
    .replaceAll(/\{\w+\}/g, 'x');

async function ask(method: string, path: string, headers: Record<string, string> = {}) {
  const own = { 'x-request-id': 'r', ...headers };
  const sent = method === 'GET' ? {} : { body: '{}', headers: { 'content-type': 'application/json', ...own } };
  const response = await fetch(server.url + path, { method, headers: own, ...sent });
  const kept = ['content-type', 'www-authenticate', 'cache-control', 'allow', 'content-length'];
  return {
    status: response.status,
    headers: kept.map((name) => response.headers.get(name)),
    body: await response.text(),
  };
}

test('without a key, everything that is not public answers alike, whether or not it is there', async () => {
  const closed = server.routes.filter(({ access }) => access !== 'public');
  expect(closed.length).toBeGreaterThan(40);
  plane.looked.length = 0;
  const ways: Record<string, string>[] = [
    {},
    { authorization: `Bearer ${key.slice(0, -1)}${key.endsWith('A') ? 'E' : 'A'}` },
    { 'x-api-key': 'slw_000000000000_x' },
  ];
  for (const headers of ways) {
    const asked = closed.map(async ({ method, path, protocol }) => {
      const here = await ask(method, pathOf(path, 'churn'), headers);
      const ghost = await ask(method, pathOf(path, 'ghost'), headers);
      expect(here.status, `${method} ${path}`).toBe(401);
      expect(here, `${method} ${path}`).toEqual(ghost);
      if (protocol.id === 'native') expect(here.body).toContain('UNAUTHENTICATED');
    });
    await Promise.all(asked);
    const one = await ask('GET', '/api/v1/models', headers);
    for (const path of ['/nothing', '/api/v1/nothing', '/api/v2', '/predict', '/admin', '/.git/config'])
      expect(await ask('GET', path, headers), path).toEqual(one);
    for (const method of ['DELETE', 'PATCH', 'OPTIONS'])
      expect(await ask(method, '/api/v1/models', headers), method).toEqual(await ask(method, '/nothing', headers));
  }
  // Nobody got as far as looking for a model: how long it takes tells nothing either.
  expect(plane.looked).toEqual([]);
});

test('a key without the scope learns nothing about models that it may not see', async () => {
  const about = server.routes.filter(({ access, path }) => access !== 'public' && /\{(?:name|model|ref)\}/.test(path));
  expect(about.length).toBeGreaterThan(30);
  plane.looked.length = 0;
  const headers = { authorization: `Bearer ${key}` };
  for (const { method, path } of about) {
    const [here, ghost] = [
      await ask(method, pathOf(path, 'churn'), headers),
      await ask(method, pathOf(path, 'ghost'), headers),
    ];
    expect(here.status, `${method} ${path}`).toBe(403);
    expect({ ...here, body: here.body.replaceAll('churn', 'ghost') }, `${method} ${path}`).toEqual(ghost);
  }
  expect(plane.looked).toEqual([]);
});

test('whoever has no key does not see in the state of the server which models there are', async () => {
  const shown = async (headers: Record<string, string>) => (await ask('GET', '/readyz', headers)).body;
  expect(await shown({})).toBe('{"status":"ready"}');
  expect(await shown({ 'x-api-key': 'wrong' })).toBe('{"status":"ready"}');
  expect(await shown({ 'x-api-key': full })).toContain('churn');
});

test('who is refused is told so in the form of the wire', async () => {
  const forms: Readonly<Record<string, RegExp>> = {
    '/predict/churn': /"code":"UNAUTHENTICATED"/,
    '/v2/models/churn/infer': /^\{"error":"The request has no key\."\}$/,
    '/v1/models/churn:predict': /^\{"error":"The request has no key\."\}$/,
    '/invocations': /^\{"error_code":"UNAUTHENTICATED","message":"The request has no key\."\}$/,
    '/predictions/churn': /^\{"code":401,"type":".*","message":"The request has no key\."\}$/,
  };
  for (const [path, form] of Object.entries(forms)) {
    const { status, headers, body } = await ask('POST', path);
    expect([status, headers[1]], path).toEqual([401, 'Bearer realm="slipway"']);
    expect(body, path).toMatch(form);
  }
});
