import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileRows } from '@slipway/core/signature';
import { sampleModel, sampleSignature } from '../../../../../test/sample-model.ts';
import { ModelPlane } from '../../engine/index.ts';
import { startServer, type RunningServer } from '../index.ts';

let server: RunningServer;
beforeAll(async () => {
  const plane = new ModelPlane();
  await plane.serve(['churn'], () => sampleModel());
  server = await startServer({ plane, version: '1.2.3', port: 0 });
});
afterAll(() => server.close());

const get = (path: string, headers: Record<string, string> = {}) => fetch(server.url + path, { headers });
const json = async (path: string) => (await get(path)).json() as Promise<Record<string, unknown>>;

test('health and readiness', async () => {
  expect(await json('/healthz')).toEqual({ status: 'ok' });
  expect(await json('/readyz')).toEqual({ status: 'ready', models: [{ model: 'churn', state: 'ready' }] });
});

test('a server that still loads is not ready and says why', async () => {
  const plane = new ModelPlane();
  let release = () => {};
  const loading = plane.serve(['churn'], async () => {
    await new Promise<void>((resolve) => (release = resolve));
    return sampleModel();
  });
  const early = await startServer({ plane, version: '1.2.3', port: 0 });
  const readiness = await fetch(`${early.url}/readyz`);
  expect(readiness.status).toBe(503);
  expect(await readiness.json()).toEqual({
    status: 'not ready',
    reasons: ['churn is still loading.'],
    models: [{ model: 'churn', state: 'loading' }],
  });
  const refused = await fetch(`${early.url}/predict`, {
    method: 'POST',
    body: '{}',
    headers: { 'content-type': 'application/json' },
  });
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
  expect((await fetch(early.url, { headers: { accept: 'text/html' } })).status).toBe(503);
  release();
  await loading;
  expect((await fetch(`${early.url}/readyz`)).status).toBe(200);
  await early.close();
});

test('metrics name routes, not paths', async () => {
  await get('/api/v1/models/churn');
  await get('/wherever');
  const response = await get('/metrics');
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const text = await response.text();
  expect(text).toContain('slipway_http_requests_total{route="/api/v1/models/{name}",wire="operations",code="200"} 1');
  expect(text).toContain('slipway_http_requests_total{route="none",wire="native",code="404"} 1');
  expect(text).toContain('slipway_models_loaded{model="churn",version="3"');
  expect(text).not.toContain('wherever');
});

test('models, a model, a version', async () => {
  const facts = { name: 'churn', version: 3, digest: `sha256:${'ab12'.repeat(16)}`, newest: true };
  expect(await json('/api/v1/models')).toEqual({ models: [expect.objectContaining(facts)] });
  expect(await json('/api/v1/models/churn')).toMatchObject({ name: 'churn', versions: [facts] });
  expect(await json('/api/v1/models/churn/versions/3')).toMatchObject({
    ...facts,
    predict: '/predict/churn:3',
    task: 'classification',
    row_schema: { type: 'object' },
    answer_schema: { type: 'object' },
  });
  for (const path of ['/api/v1/models/other', '/api/v1/models/churn/versions/4', '/api/v1/models/churn/versions/x'])
    expect(await json(path)).toMatchObject({ status: 404, code: 'MODEL_NOT_FOUND' });
});

test('the OpenAPI document has the concrete rows, and its examples are accepted', async () => {
  const document = (await json('/openapi.json')) as {
    openapi: string;
    paths: Record<string, Record<string, Operation>>;
    components: { schemas: Record<string, unknown> };
    info: object;
  };
  expect(document.openapi).toBe('3.1.0');
  expect(document.info).toMatchObject({ version: '1.2.3' });
  const content = document.paths['/predict/churn:3']?.['post']?.requestBody?.content['application/json'];
  expect(content?.schema).toEqual({
    oneOf: [
      { $ref: '#/components/schemas/churn_3.row' },
      { type: 'array', items: { $ref: '#/components/schemas/churn_3.row' } },
    ],
  });
  expect(document.components.schemas['churn_3.row']).toMatchObject({
    required: ['age', 'plan', 'region', 'senior'],
    additionalProperties: false,
  });
  for (const { value } of Object.values(content?.examples ?? {}))
    expect(compileRows(sampleSignature).decode(value).warnings.size).toBe(0);
  const ids = Object.values(document.paths).flatMap((item) =>
    Object.values(item).map(({ operationId }) => operationId),
  );
  expect(new Set(ids).size).toBe(ids.length);
  for (const [, name] of JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g))
    expect(document.components.schemas).toHaveProperty([name as string]);
});

interface Operation {
  readonly operationId: string;
  readonly requestBody?: {
    readonly content: Record<
      string,
      { readonly schema: unknown; readonly examples?: Record<string, { readonly value: unknown }> }
    >;
  };
}

test('every route of the document is there, and every route is in the document', async () => {
  const { paths } = (await json('/openapi.json')) as { paths: Record<string, Record<string, unknown>> };
  for (const [path, item] of Object.entries(paths)) {
    // It would not be there for the tests after this one.
    if (path.endsWith('/unload')) continue;
    for (const method of Object.keys(item)) {
      const response = await fetch(
        server.url +
          path
            .replace(/\{(name|ref|model)\}/, 'churn')
            .replace('{version}', '3')
            .replace('{label}', 'champion'),
        { method: method.toUpperCase() },
      );
      // The sample has no alias: those routes say so in their own words.
      if (path.includes('{label}')) expect(await response.text()).toContain('champion of the model churn');
      else expect([404, 405], `${method} ${path}`).not.toContain(response.status);
    }
  }
});

test('GET / is a page for browsers and Healthy for programs', async () => {
  const page = await get('/', { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' });
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  const html = await page.text();
  expect(html).toContain('<h1 id="name">churn');
  expect(html).not.toMatch(
    /<script(?! type="module" src="\/ui\/| type="application\/json")|<style|\sstyle=|\son\w+=|https?:\/\//,
  );
  for (const headers of [{}, { accept: '*/*' }, { accept: 'application/json' }])
    expect(await (await get('/', headers)).text()).toBe('Healthy');
});

test('the form has a control for each column that the model uses', async () => {
  const html = await (await get('/', { accept: 'text/html' })).text();
  const columns = [...html.matchAll(/data-column="([^"]*)"/g)].map(([, name]) => name);
  expect(columns).toEqual(['age', 'plan', 'region', 'senior']);
  expect(html).toContain('<option data-value="&#34;gold&#34;">gold</option>');
  expect(html.match(/data-other/g)).toHaveLength(1);
});

test('names and categories of a model are text in the page, whatever they are', async () => {
  const evil = '<img src=x onerror=alert(1)>"\'</script>';
  const plane = new ModelPlane();
  const signature = {
    ...sampleSignature,
    columns: sampleSignature.columns.map((column) => ({
      ...column,
      name: column.name === 'id' ? evil : column.name,
      description: evil,
      ...(column.categories ? { categories: [...column.categories, evil] } : {}),
    })),
  };
  await plane.serve(['x'], () =>
    sampleModel({
      name: evil,
      about: evil,
      signature,
      version: undefined,
      example: { age: 1, plan: evil, region: 'north', senior: true },
    }),
  );
  const other = await startServer({ plane, version: evil, port: 0 });
  const html = await (await fetch(other.url, { headers: { accept: 'text/html' } })).text();
  expect(html).not.toContain('<img src=x');
  expect(html).not.toContain('"\'</script>');
  expect(html.match(/<\/script>/g)).toHaveLength(2);
  await other.close();
});

test('without a model the page says how to get one', async () => {
  const empty = await startServer({ plane: new ModelPlane(), version: '1.2.3', port: 0 });
  const html = await (await fetch(empty.url, { headers: { accept: 'text/html' } })).text();
  expect(html).toContain('No model yet');
  expect(html).toContain('npx slipway import model.joblib');
  await empty.close();
});

test.for(['page.css', 'first-page.js', 'answer.js', 'docs.js', 'icon.svg'])(
  '/ui/%s is cached by its content',
  async (name) => {
    const response = await get(`/ui/${name}`);
    expect(response.status).toBe(200);
    const etag = response.headers.get('etag') ?? '';
    const again = await get(`/ui/${name}`, { 'if-none-match': etag });
    expect([again.status, await again.text()]).toEqual([304, '']);
  },
);

test('no page loads anything from elsewhere', async () => {
  for (const path of ['/docs', '/ui/page.css', '/ui/first-page.js', '/ui/answer.js', '/ui/docs.js']) {
    expect(await (await get(path)).text(), path).not.toMatch(/https?:\/\/(?!www\.w3\.org)/);
  }
});
