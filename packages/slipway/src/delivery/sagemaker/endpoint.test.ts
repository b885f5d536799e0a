import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { AwsClient } from '../../aws/index.ts';
import { bringEndpoint } from './endpoint.ts';

interface State {
  status: string;
  config: string;
  reason?: string;
}

/**
 * SageMaker's endpoints as its documentation describes them: an update is `Updating` for two looks and then `InService`, or,
 * for a configuration that cannot start, back at the old one or `Failed`. (moto has no UpdateEndpoint.)
 */
class Endpoints {
  readonly asked: string[] = [];
  readonly #server: Server;
  #state: State | undefined;
  #next: State | undefined;
  #looks = 0;

  constructor(state: State | undefined, broken: 'fails' | 'rolls back' = 'fails') {
    this.#state = state;
    this.#server = createServer((request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (part: string) => (text += part));
      request.on('end', () => {
        const action = String(request.headers['x-amz-target']).split('.')[1] ?? '';
        const { EndpointConfigName: config = '' } = JSON.parse(text) as { EndpointConfigName?: string };
        if (action !== 'DescribeEndpoint') this.asked.push(`${action} ${config}`.trim());
        const answer = this.#answer(action, config, broken);
        response.writeHead(answer ? 200 : 400);
        response.end(
          JSON.stringify(answer ?? { __type: 'ValidationException', message: 'Could not find endpoint "e".' }),
        );
      });
    });
  }

  async open(): Promise<AwsClient> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const { port } = this.#server.address() as AddressInfo;
    const keys = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
    const environment = { ...keys, AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` };
    return new AwsClient('us-east-1', environment, new AbortController().signal);
  }

  close(): void {
    this.#server.close();
  }

  #answer(action: string, config: string, broken: 'fails' | 'rolls back'): unknown {
    if (action === 'DeleteEndpoint') {
      this.#state = undefined;
      return {};
    }
    if (action !== 'DescribeEndpoint') {
      const before = this.#state?.config;
      this.#state = { status: before === undefined ? 'Creating' : 'Updating', config: before ?? config };
      const reason = 'The container did not pass the ping health check.';
      const good = { status: 'InService', config };
      const bad =
        broken === 'fails' || before === undefined
          ? { status: 'Failed', config, reason }
          : { status: 'InService', config: before, reason };
      this.#next = config.startsWith('broken') ? bad : good;
      this.#looks = 0;
      return {};
    }
    if (this.#next && ++this.#looks > 2) [this.#state, this.#next] = [this.#next, undefined];
    if (!this.#state) return undefined;
    const { status, config: current, reason } = this.#state;
    return { EndpointStatus: status, EndpointConfigName: current, EndpointArn: 'arn:e', FailureReason: reason };
  }
}

let endpoints: Endpoints;
afterEach(() => endpoints.close());

async function bring(state: State | undefined, config: string, broken?: 'fails' | 'rolls back', waitMinutes = 1) {
  endpoints = new Endpoints(state, broken);
  const aws = await endpoints.open();
  const { signal } = new AbortController();
  return await bringEndpoint(aws, config, { endpoint: 'e', waitMinutes, signal, say: () => {}, pollMs: 1 });
}

test.for([
  { name: 'is created', state: undefined, asked: ['CreateEndpoint new'], changed: true },
  { name: 'is moved', state: { status: 'InService', config: 'old' }, asked: ['UpdateEndpoint new'], changed: true },
  { name: 'stays', state: { status: 'InService', config: 'new' }, asked: [], changed: false },
  {
    name: 'that failed at its first start is made anew',
    state: { status: 'Failed', config: 'new' },
    asked: ['DeleteEndpoint', 'CreateEndpoint new'],
    changed: true,
  },
])('an endpoint $name', async ({ state, asked, changed }) => {
  expect(await bring(state, 'new')).toMatchObject({ status: 'InService', changed });
  expect(endpoints.asked).toEqual(asked);
});

test('one that cannot start goes back to what it had, and the reason is told', async () => {
  await expect(bring({ status: 'InService', config: 'old' }, 'broken')).rejects.toMatchObject({
    code: 'DELIVERY_FAILED',
    message: expect.stringMatching(/Failed: The container did not pass the ping.*goes back to old/) as string,
  });
  expect(endpoints.asked).toEqual(['UpdateEndpoint broken', 'UpdateEndpoint old']);
});

test('where SageMaker went back by itself nothing more is asked', async () => {
  await expect(bring({ status: 'InService', config: 'old' }, 'broken', 'rolls back')).rejects.toMatchObject({
    message: expect.stringContaining('did not pass the ping') as string,
  });
  expect(endpoints.asked).toEqual(['UpdateEndpoint broken']);
});

test('a first start that fails is told', async () => {
  await expect(bring(undefined, 'broken')).rejects.toMatchObject({ code: 'DELIVERY_FAILED' });
  expect(endpoints.asked).toEqual(['CreateEndpoint broken']);
});

test('without waiting it says how far it is', async () => {
  expect(await bring(undefined, 'new', 'fails', 0)).toMatchObject({ status: 'Creating', changed: true });
});
