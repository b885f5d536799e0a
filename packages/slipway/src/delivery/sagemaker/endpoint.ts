import { setTimeout as wait } from 'node:timers/promises';
import { fail } from '@slipway/core/errors';
import { AwsRefusal, type AwsClient } from '../../aws/index.ts';
import type { Requests } from './requests.ts';

export interface EndpointOptions {
  readonly endpoint: string;
  readonly waitMinutes: number;
  /** Between two looks; 10 s unless told. */
  readonly pollMs?: number | undefined;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

const POLL_MS = 10_000;
/** Before it takes another configuration. */
const changing = new Set(['Creating', 'Updating', 'SystemUpdating', 'RollingBack']);

interface Endpoint {
  readonly status: string;
  readonly config: string;
  readonly arn: string;
  readonly reason: string;
}

/** Makes a model or a configuration, unless one of that name, which says what is in it, is there. True when it was made. */
export async function ensure(
  aws: AwsClient,
  kind: 'Model' | 'EndpointConfig',
  request: Requests['model' | 'config'],
): Promise<boolean> {
  const name =
    'ModelName' in request
      ? { ModelName: request['ModelName'] }
      : { EndpointConfigName: request['EndpointConfigName'] };
  try {
    await aws.call('sagemaker', `Describe${kind}`, name);
    return false;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  await aws.call('sagemaker', `Create${kind}`, request);
  return true;
}

/**
 * Brings an endpoint to a configuration: makes it, or moves it there without interruption. When that fails, an endpoint that
 * ran before goes back to what it had: DELIVERY_FAILED with SageMaker's reason. Called again, it goes on where it was.
 */
export async function bringEndpoint(
  aws: AwsClient,
  config: string,
  options: EndpointOptions,
): Promise<{ readonly arn: string; readonly status: string; readonly changed: boolean }> {
  const { endpoint, say } = options;
  const names = { EndpointName: endpoint, EndpointConfigName: config };
  let before = await describe(aws, endpoint);
  if (before && changing.has(before.status)) before = await settled(aws, options);
  if (before?.status === 'InService' && before.config === config) return { ...before, changed: false };
  if (before?.status === 'Failed' && before.config === config) {
    // A first start that failed keeps its name; it is made anew.
    say(`removing the endpoint ${endpoint}, which failed before`);
    await aws.call('sagemaker', 'DeleteEndpoint', { EndpointName: endpoint });
    await gone(aws, options);
    before = undefined;
  }
  say(`${before ? 'updating' : 'creating'} the endpoint ${endpoint}`);
  await aws.call('sagemaker', before ? 'UpdateEndpoint' : 'CreateEndpoint', names);
  if (options.waitMinutes === 0) return { ...(await described(aws, endpoint)), changed: true };
  const after = await settled(aws, options);
  if (after.status === 'InService' && after.config === config) return { ...after, changed: true };
  const isBack = before !== undefined && after.config === before.config && after.status === 'InService';
  if (before && !isBack) {
    const back = { EndpointName: endpoint, EndpointConfigName: before.config };
    await aws.call('sagemaker', 'UpdateEndpoint', back);
  }
  throw fail('DELIVERY_FAILED', {
    step: `bring the endpoint ${endpoint} to ${config}`,
    problem: `it is ${after.status}: ${after.reason || 'SageMaker gives no reason; see its log group in CloudWatch'}${before ? `. It goes back to ${before.config}` : ''}`,
  });
}

/** Waits until the endpoint changes no more. */
async function settled(
  aws: AwsClient,
  { endpoint, waitMinutes, signal, say, pollMs = POLL_MS }: EndpointOptions,
): Promise<Endpoint> {
  const end = Date.now() + Math.max(1, waitMinutes) * 60_000;
  for (let last = ''; ;) {
    const found = await described(aws, endpoint);
    if (!changing.has(found.status)) return found;
    if (found.status !== last) say(`the endpoint ${endpoint} is ${found.status}`);
    last = found.status;
    if (Date.now() > end)
      throw fail('DELIVERY_FAILED', {
        step: `wait for the endpoint ${endpoint}`,
        problem: `it still is ${found.status} after ${waitMinutes} minutes`,
      });
    await wait(pollMs, undefined, { signal });
  }
}

async function gone(aws: AwsClient, { endpoint, signal, pollMs = POLL_MS }: EndpointOptions): Promise<void> {
  while (await describe(aws, endpoint)) await wait(pollMs, undefined, { signal });
}

async function described(aws: AwsClient, endpoint: string): Promise<Endpoint> {
  const found = await describe(aws, endpoint);
  if (found) return found;
  throw fail('DELIVERY_FAILED', { step: `look at the endpoint ${endpoint}`, problem: 'it is gone' });
}

async function describe(aws: AwsClient, endpoint: string): Promise<Endpoint | undefined> {
  try {
    const found = await aws.call('sagemaker', 'DescribeEndpoint', { EndpointName: endpoint });
    const text = (name: string) => (typeof found[name] === 'string' ? found[name] : '');
    return {
      status: text('EndpointStatus'),
      config: text('EndpointConfigName'),
      arn: text('EndpointArn'),
      reason: text('FailureReason'),
    };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** SageMaker has no code for "there is none": it says ValidationException with this sentence. */
function isMissing(error: unknown): boolean {
  return (
    error instanceof AwsRefusal &&
    (error.code === 'ResourceNotFound' || /could not find|not find|does not exist/i.test(error.message))
  );
}
