import type { Protocol } from '../protocol.ts';
import { json } from '../reply.ts';
import { tfServing } from '../tf-serving/index.ts';
import { predict } from '../tf-serving/predict.ts';
import { modelStatus } from '../tf-serving/status.ts';

/**
 * KServe's first protocol: TensorFlow Serving's `instances` and `predictions`, and lists of models.
 * @see https://kserve.github.io/website/docs/concepts/architecture/data-plane/v1-protocol
 */
export const kserveV1: Protocol = {
  id: 'kserve-v1',
  title: 'KServe v1',
  routes: [
    {
      method: 'GET',
      path: '/v1/models',
      summary: 'Names of the models',
      handle: async (_call, plane) => json({ models: (await plane.list()).map(({ name }) => name) }),
    },
    { method: 'GET', path: '/v1/models/{model}', summary: 'A model answers', handle: modelStatus },
    { method: 'POST', path: '/v1/models/{model}:predict', summary: 'Predict', handle: predict },
  ],
  fail: tfServing.fail,
};
