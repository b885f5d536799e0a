import { readFileSync } from 'node:fs';
import { writeOnnx } from '@slipway/core/onnx';
import { describe, expect, test } from 'vitest';
import { importPath } from '../../../test/parity.ts';
import { createPredictor, hostOf, lambdaOf, replay } from './index.ts';

const { signature, graph } = importPath('examples/churn/model.joblib');
const predictor = createPredictor({ signature, graph: writeOnnx(graph) });
const rows = JSON.parse(readFileSync('examples/churn/rows.json', 'utf8')) as Record<string, unknown>[];
const [row = {}] = rows;
const answer = JSON.parse(JSON.stringify(predictor.predict(row))) as unknown;
const about = { model: 'churn:3', digest: 'sha256:abc' };
const host = hostOf(predictor, about);
const ask = (path: string, init?: RequestInit) => host(new Request(`http://host${path}`, init));
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  ask(path, { method: 'POST', body: JSON.stringify(body), headers });

describe('a host', () => {
  test('answers rows on / and /predict, and says which model did', async () => {
    for (const path of ['/', '/predict', '/predict/']) {
      const reply = await post(path, row, { 'x-request-id': 'mine', 'content-type': 'application/json' });
      expect([reply.status, await reply.json()]).toEqual([200, answer]);
      expect(reply.headers.get('x-slipway-model')).toBe('churn:3');
      expect(reply.headers.get('x-slipway-digest')).toBe('sha256:abc');
      expect(reply.headers.get('x-request-id')).toBe('mine');
    }
    expect(await (await post('/predict', rows.slice(0, 2))).json()).toHaveLength(2);
    const more = await post('/predict?extra=ignore', { ...row, unknown: 1 });
    expect(await more.json()).toEqual(answer);
  });

  test('tells its state and what a row is', async () => {
    expect(await (await ask('/healthz')).json()).toEqual({ status: 'ready', ...about });
    expect((await ask('/readyz', { method: 'HEAD' })).status).toBe(200);
    expect(await (await ask('/signature')).json()).toMatchObject({ type: 'object', properties: { age: {} } });
  });

  test.for([
    {
      name: 'a wrong value',
      path: '/predict',
      init: { body: JSON.stringify({ ...row, age: 'old' }) },
      is: 'INVALID_INPUT',
    },
    { name: 'no JSON', path: '/predict', init: { body: '{' }, is: 'INVALID_JSON' },
    { name: 'an empty body', path: '/predict', init: {}, is: 'INVALID_JSON' },
    { name: 'no such path', path: '/nothing', init: {}, is: 'ROUTE_NOT_FOUND' },
    { name: 'a path of every object', path: '/constructor', init: {}, is: 'ROUTE_NOT_FOUND' },
    { name: 'another method', path: '/predict', init: { method: 'GET' }, is: 'METHOD_NOT_ALLOWED' },
    {
      name: 'another type',
      path: '/',
      init: { body: 'x', headers: { 'content-type': 'text/csv' } },
      is: 'UNSUPPORTED_MEDIA_TYPE',
    },
    { name: 'too much', path: '/', init: { body: `"${'x'.repeat(7_000_000)}"` }, is: 'TOO_LARGE' },
  ])('a problem has a code: $name', async ({ path, init, is }) => {
    const reply = await ask(path, { method: 'POST', ...init });
    const problem = (await reply.json()) as { status: number; code: string; request_id: string };
    expect(problem).toMatchObject({ code: is, status: reply.status });
    expect(reply.headers.get('content-type')).toBe('application/problem+json');
    expect(problem.request_id).toBe(reply.headers.get('x-request-id'));
  });

  test('a bug is told to the host, not to the client', async () => {
    const told: unknown[] = [];
    const broken = { ...predictor, predict: () => JSON.parse('{') as never };
    const reply = await hostOf(broken, { ...about, report: (error) => told.push(error) })(
      new Request('http://host/', { method: 'POST', body: '{}' }),
    );
    expect(reply.status).toBe(500);
    expect(await reply.text()).not.toContain('JSON at position');
    expect(told).toHaveLength(1);
  });
});

describe('a function on AWS Lambda', () => {
  const handler = lambdaOf(predictor, about);
  const body = JSON.stringify(row);
  const url = {
    version: '2.0',
    rawPath: '/predict',
    rawQueryString: '',
    headers: { 'content-type': 'application/json' },
  };
  const http = { http: { method: 'POST', path: '/predict' }, stage: '$default' };

  test.for([
    { name: 'function URL', event: { ...url, requestContext: http, body } },
    {
      name: 'API Gateway 2.0 with a stage',
      event: { ...url, rawPath: '/prod/predict', requestContext: { ...http, stage: 'prod' }, body },
    },
    {
      name: 'a body as base64',
      event: { ...url, requestContext: http, body: Buffer.from(body).toString('base64'), isBase64Encoded: true },
    },
    {
      name: 'API Gateway 1.0',
      event: {
        version: '1.0',
        resource: '/predict',
        path: '/predict',
        httpMethod: 'POST',
        requestContext: {},
        body,
        headers: { 'Content-Type': 'application/json' },
        multiValueHeaders: { 'Content-Type': ['application/json'] },
        queryStringParameters: null,
        multiValueQueryStringParameters: null,
      },
    },
    {
      name: 'load balancer',
      event: {
        requestContext: { elb: { targetGroupArn: 'arn' } },
        httpMethod: 'POST',
        path: '/predict',
        queryStringParameters: {},
        headers: { 'content-type': 'application/json' },
        body,
        isBase64Encoded: false,
      },
    },
    {
      name: 'load balancer with lists of headers',
      event: {
        requestContext: { elb: { targetGroupArn: 'arn' } },
        httpMethod: 'POST',
        path: '/predict',
        multiValueQueryStringParameters: {},
        multiValueHeaders: { 'content-type': ['application/json'] },
        body,
      },
    },
  ])('is invoked by: $name', async ({ name, event }) => {
    const result = (await handler(event)) as Record<string, unknown> & { body: string };
    expect(result).toMatchObject({ statusCode: 200, isBase64Encoded: false });
    expect(JSON.parse(result.body)).toEqual(answer);
    const isMany = name.includes('lists') || name.includes('1.0');
    const headers = (isMany ? result['multiValueHeaders'] : result['headers']) as Record<string, unknown>;
    expect(headers['x-slipway-model']).toEqual(isMany ? ['churn:3'] : 'churn:3');
  });

  test('queries arrive decoded, of load balancers too', async () => {
    const extra = JSON.stringify({ ...row, 'not known': 1 });
    const elb = { requestContext: { elb: {} }, httpMethod: 'POST', path: '/predict', headers: {}, body: extra };
    expect(await handler({ ...elb, queryStringParameters: { extra: '%69gnore' } })).toMatchObject({ statusCode: 200 });
    expect(await handler({ ...elb, queryStringParameters: {} })).toMatchObject({ statusCode: 400 });
    expect(await handler({ ...url, requestContext: http, rawQueryString: 'extra=ignore', body: extra })).toMatchObject({
      statusCode: 200,
    });
  });

  test('problems keep their status; a request without a body is one', async () => {
    expect(await handler({ ...url, requestContext: http })).toMatchObject({ statusCode: 400 });
    expect(await handler({ ...url, rawPath: '/no', requestContext: http, body })).toMatchObject({ statusCode: 404 });
    expect(await handler({ ...url, requestContext: http, body: '***', isBase64Encoded: true })).toMatchObject({
      statusCode: 400,
    });
  });

  test('a direct invoke is rows, and fails with the code', async () => {
    expect(await handler(row)).toEqual(predictor.predict(row));
    expect(await handler(rows)).toHaveLength(rows.length);
    await expect(handler({ ...row, age: 'old' })).rejects.toMatchObject({ name: 'INVALID_INPUT' });
    await expect(handler(null)).rejects.toMatchObject({ name: 'INVALID_INPUT' });
  });
});

test('goldens are replayed: one that differs stops the start', () => {
  const tolerance = { relative: 1e-9, absolute: 0 };
  expect(() => replay(predictor, [{ row, answer, tolerance }])).not.toThrow();
  const wrong = { ...(answer as object), prediction: 'other' };
  expect(() => replay(predictor, [{ row, answer: wrong, tolerance }])).toThrow(
    /golden 1 on this host: answer\.prediction/,
  );
});
