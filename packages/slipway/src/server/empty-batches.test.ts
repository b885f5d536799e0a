import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleModel } from '../../../../test/sample-model.ts';
import { ModelPlane } from '../engine/index.ts';
import { startServer, type RunningServer } from './index.ts';

let server: RunningServer;
beforeAll(async () => {
  const plane = new ModelPlane();
  await plane.serve(['churn'], () => sampleModel());
  server = await startServer({ plane, version: '0.0.0', port: 0 });
});
afterAll(() => server.close());

/** No rows: an empty answer where the wire's own server gives one, else a sentence that says what is missing. */
test.for<[path: string, body: string, status: number, answer: string | RegExp]>([
  ['/predict/churn', '[]', 200, '[]'],
  ['/predictions/churn', '[]', 200, '[]'],
  ['/v1/models/churn:predict', '{"instances":[]}', 400, /No values in 'instances' array/],
  ['/endpoints/churn/invocations', '{"dataframe_records":[]}', 400, /at least one row, received an empty list/],
  ['/serving-endpoints/churn/invocations', '{"instances":[]}', 400, /at least one row, received an empty list/],
  ['/invocations', '{"inputs":[]}', 400, /at least one row, received an empty list/],
  ['/invocations', '{"dataframe_split":{"columns":["age","age"],"data":[[1,2]]}}', 400, /\\"age\\" is there twice/],
  ['/v2/models/churn/infer', '{"inputs":[]}', 400, /age/],
])('POST %s %s answers %i', async ([path, body, status, answer]) => {
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  const text = await response.text();
  expect(text).not.toContain('undefined');
  if (typeof answer === 'string') expect([response.status, text]).toEqual([status, answer]);
  else {
    expect(response.status).toBe(status);
    expect(text).toMatch(answer);
  }
});
