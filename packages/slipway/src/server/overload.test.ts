import { Agent, request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleModel, sampleRow } from '../../../../test/sample-model.ts';
import { ModelPlane } from '../engine/index.ts';
import { createLog } from '../telemetry/index.ts';
import { startServer, type RunningServer } from './index.ts';

const lines: string[] = [];
let server: RunningServer;
beforeAll(async () => {
  const plane = new ModelPlane();
  await plane.serve(['churn'], () => sampleModel());
  const log = createLog({ format: 'json', write: (line) => lines.push(line) });
  server = await startServer({ plane, version: '0.0.0', port: 0, log });
});
afterAll(() => server.close());

const agent = new Agent({ keepAlive: true, maxSockets: 600 });
const body = JSON.stringify(Array.from({ length: 1000 }, () => sampleRow));

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
  readonly ms: number;
}

function ask(method: string, path: string, sent = ''): Promise<Answer> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(sent) };
    request(server.url + path, { method, agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => {
        const { statusCode: status = 0, headers: got } = response;
        resolve({ status, retryAfter: got['retry-after'], text, ms: performance.now() - began });
      });
    })
      .on('error', reject)
      .end(sent);
  });
}

test('more than can be answered: everybody gets an answer or a refusal, and management still works', async () => {
  const { text: whole } = await ask('POST', '/predict/churn', body);
  const asked: Promise<Answer>[] = [];
  const managed: Promise<Answer>[] = [];
  // Many more at a time than it can answer, again and again.
  for (let round = 0; round < 12; round++) {
    for (let i = 0; i < 300; i++) asked.push(ask('POST', '/predict/churn', body));
    managed.push(ask('GET', '/healthz'), ask('GET', '/api/v1/models'));
    await new Promise((done) => setTimeout(done, 25));
  }
  const answers = await Promise.all(asked);
  const good = answers.filter(({ status }) => status === 200);
  const refused = answers.filter(({ status }) => status === 503);
  expect(good.length + refused.length).toBe(answers.length);
  expect(good.length).toBeGreaterThan(100);
  expect(refused.length).toBeGreaterThan(10);
  expect(good.every(({ text }) => text === whole)).toBe(true);
  expect(refused[0]?.text).toContain('"code":"OVERLOADED"');
  expect(refused.every(({ retryAfter }) => Number(retryAfter) >= 1)).toBe(true);
  expect((await Promise.all(managed)).map(({ status }) => status)).toEqual(Array.from({ length: 24 }, () => 200));
  // The log tells of it, a line a second rather than one for each.
  const told = lines.filter((line) => line.includes('"overloaded"'));
  expect(told.length).toBeGreaterThan(0);
  expect(told.length).toBeLessThan(30);
  expect((await ask('POST', '/predict/churn', body)).text).toBe(whole);
}, 60_000);
