import { SlipwayError } from '../../errors/index.ts';
import { findModel, versionOf, withModel } from '../inference/find.ts';
import { runRows } from '../inference/run.ts';
import { errorReply } from '../inference/sentence.ts';
import type { Call, Plane, Protocol, Reply, Route } from '../protocol.ts';
import { json } from '../reply.ts';
import { bindInputs } from './bind-inputs.ts';
import { modelMetadata } from './metadata.ts';
import { repositoryRoutes } from './repository.ts';
import { readRequest } from './request.ts';
import { wantedOutputs, writeResponse } from './response.ts';

const MODEL = '/v2/models/{model}';
const VERSION = `${MODEL}/versions/{version}`;

/**
 * Open Inference Protocol 2, REST: what Triton, MLServer and KServe speak, with the binary tensor data extension.
 * @see https://github.com/kserve/open-inference-protocol
 */
export const openInference: Protocol = {
  id: 'open-inference',
  title: 'Open Inference Protocol v2',
  prefixes: ['/v2'],
  routes: [
    route('GET', '/v2', 'What this server is', () => json(server)),
    route('GET', '/v2/health/live', 'The process lives', () => json({ live: true }), 'public'),
    route('GET', '/v2/health/ready', 'The models answer', (_call, plane) => serverReady(plane), 'public'),
    ...repositoryRoutes,
    ...[MODEL, VERSION].flatMap((path) => [
      route('GET', path, 'Inputs and outputs of a model', (call, plane) =>
        withModel(call, plane, async (model) => json(modelMetadata(model, await plane.list(model.name)))),
      ),
      route('GET', `${path}/ready`, 'A model answers', modelReady),
      route('POST', `${path}/infer`, 'Predict', (call, plane) =>
        withModel(call, plane, (model) => {
          const request = readRequest(call);
          const wanted = wantedOutputs(model, request);
          const rows = bindInputs(model, request.inputs);
          return runRows(model, rows, call.signal).then((outputs) => writeResponse(model, request.id, wanted, outputs));
        }),
      ),
    ]),
  ],
  fail: (error, call) => errorReply(error, error.code === 'MODEL_NOT_FOUND' ? notFound(call) : undefined),
};

const server = {
  name: 'slipway',
  version: '2',
  extensions: ['binary_tensor_data', 'classification', 'model_repository'],
} as const;

function route(
  method: Route['method'],
  path: string,
  summary: string,
  handle: Route['handle'],
  access: Route['access'] = 'predict',
): Route {
  return { method, path, summary, handle, access, trailingSlash: true };
}

/** MLServer's words. */
function notFound({ params: { model = '', version } }: Call): string {
  return version === undefined ? `Model ${model} not found` : `Model ${model} with version ${version} not found`;
}

function serverReady(plane: Plane): Reply {
  const ready = plane.isReady();
  return json({ ready }, ready ? 200 : 503);
}

async function modelReady(call: Call, plane: Plane): Promise<Reply> {
  if (plane.isDraining?.()) return json({ name: call.params['model'], ready: false }, 503);
  try {
    const model = await findModel(call, plane);
    return json({ name: model.name, version: versionOf(model), ready: true });
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.code !== 'NOT_READY') throw error;
    return json({ name: call.params['model'], ready: false }, 503);
  }
}
