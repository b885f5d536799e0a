import { failInvocation } from '../mlflow/index.ts';
import { invocations } from '../mlflow/invocations.ts';
import type { Protocol } from '../protocol.ts';
import { json, text } from '../reply.ts';

/**
 * What SageMaker asks of a container.
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
 */
export const sagemaker: Protocol = {
  id: 'sagemaker',
  title: 'SageMaker',
  routes: [
    {
      method: 'GET',
      path: '/ping',
      access: 'public',
      summary: 'The container is healthy',
      handle: () => text('\n', 'application/json'),
    },
    { method: 'POST', path: '/invocations', summary: 'Predict', handle: invocations },
    {
      method: 'GET',
      path: '/execution-parameters',
      access: 'public',
      summary: 'How batch transform may send rows',
      handle: () => json({ MaxConcurrentTransforms: 8, BatchStrategy: 'MULTI_RECORD', MaxPayloadInMB: 64 }),
    },
  ],
  fail: failInvocation,
};
