import { expect, test } from 'vitest';
import { sampleRow } from '../../../../test/sample-model.ts';
import { Versions } from '../../../../test/version-source.ts';
import { ModelPlane } from '../engine/index.ts';
import { startServer } from './index.ts';

test('a client that gave itself a time is answered in time, also while a model is loaded', async () => {
  const source = new Versions().add('slow');
  source.loadMs = 1500;
  const plane = new ModelPlane({ source });
  const server = await startServer({ plane, version: '0.0.0', port: 0 });
  const ask = (headers: Record<string, string>) =>
    fetch(`${server.url}/predict/slow`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(sampleRow),
    });
  const began = performance.now();
  const late = await ask({ 'x-request-timeout-ms': '100' });
  expect([late.status, ((await late.json()) as { code: string }).code]).toEqual([504, 'DEADLINE_EXCEEDED']);
  expect(performance.now() - began).toBeLessThan(1400);
  // The load goes on, for those who wait.
  expect((await ask({})).status).toBe(200);
  expect(source.loads).toEqual(['slow:1']);
  await server.close();
  await plane.close();
});
