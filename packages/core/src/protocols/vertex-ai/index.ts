import { fail } from '../../errors/index.ts';
import { received } from '../../signature/index.ts';
import { defaultMethods, modelReply, namedMethod, writeRows } from '../inference/answers.ts';
import { decodeInstances, needsExact } from '../inference/instances.ts';
import { isObject, parseObject } from '../inference/json-names.ts';
import { runRows } from '../inference/run.ts';
import { errorReply } from '../inference/sentence.ts';
import type { Call, Plane, Protocol, Reply, Servable } from '../protocol.ts';
import { json } from '../reply.ts';

const STYLE = { odd: 'null' } as const;

export interface VertexRoutes {
  /** `AIP_PREDICT_ROUTE` */
  readonly predict?: string | undefined;
  /** `AIP_HEALTH_ROUTE` */
  readonly health?: string | undefined;
}

/**
 * A custom container of Vertex AI: the platform names the routes in the environment.
 * @see https://cloud.google.com/vertex-ai/docs/predictions/custom-container-requirements
 */
export function vertexAi({ predict, health }: VertexRoutes): Protocol {
  return {
    id: 'vertex-ai',
    title: 'Vertex AI',
    routes: [
      ...(health === undefined
        ? []
        : [
            {
              method: 'GET' as const,
              path: health,
              access: 'public' as const,
              summary: 'Ready to predict',
              handle: ready,
            },
          ]),
      ...(predict === undefined
        ? []
        : [{ method: 'POST' as const, path: predict, summary: 'Predict', handle: predictRoute }]),
    ],
    fail: (error) => errorReply(error),
  };
}

async function ready(_call: Call, plane: Plane): Promise<Reply> {
  await plane.find(undefined);
  return json({ status: 'ready' });
}

function predictRoute(call: Call, plane: Plane): Reply | Promise<Reply> {
  const model = plane.find(undefined);
  return model instanceof Promise ? model.then((found) => answer(call, found)) : answer(call, model);
}

/** `{"instances": […], "parameters": …}` → `{"predictions": […]}`. `parameters.method` chooses the method. */
async function answer(call: Call, model: Servable): Promise<Reply> {
  const text = call.text();
  const { instances, parameters } = parseObject(text, 'an object with "instances"', needsExact(model, text));
  if (!Array.isArray(instances))
    throw fail('INVALID_REQUEST', { problem: `instances: expected an array, received ${received(instances)}.` });
  const rows = decodeInstances(model, instances);
  const name = isObject(parameters) ? parameters['method'] : undefined;
  const methods = typeof name === 'string' ? [namedMethod(model, name)] : defaultMethods(model);
  const outputs = await runRows(model, rows, call.signal);
  return modelReply(model, `{"predictions":${writeRows(methods, outputs, rows.count, STYLE)}}`);
}
