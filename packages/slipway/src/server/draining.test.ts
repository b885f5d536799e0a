import { Agent, request } from 'node:http';
import { expect, test } from 'vitest';
import { sampleModel } from '../../../../test/sample-model.ts';
import { ModelPlane } from '../engine/index.ts';
import { startServer } from './index.ts';

test('while the server stops, no wire says that it is ready; requests on open connections are answered', async () => {
  const plane = new ModelPlane();
  await plane.serve(['churn'], () => sampleModel());
  const server = await startServer({ plane, version: '0.0.0', port: 0 });
  const paths = ['/readyz', '/v2/health/ready', '/v2/models/churn/ready', '/v2/health/live', '/v2/models/churn'];
  // A connection each: an answer closes it while the server stops.
  const agents = paths.map(() => new Agent({ keepAlive: true, maxSockets: 1 }));
  const ask = (path: string, agent: Agent) =>
    new Promise<number>((resolve, reject) => {
      const asked = request(server.url + path, { agent }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
      });
      asked.on('error', reject).end();
    });
  const all = () => Promise.all(paths.map((path, i) => ask(path, agents[i] as Agent)));
  expect(await all()).toEqual([200, 200, 200, 200, 200]);
  const closing = server.close();
  expect(await all()).toEqual([503, 503, 503, 200, 200]);
  await closing;
  for (const agent of agents) agent.destroy();
});
