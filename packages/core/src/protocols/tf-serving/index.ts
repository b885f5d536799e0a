import { errorReply } from '../inference/sentence.ts';
import type { Call, Protocol, Route } from '../protocol.ts';
import { modelMetadata } from './metadata.ts';
import { classify, predict, regress } from './predict.ts';
import { modelStatus } from './status.ts';

const MODEL = '/v1/models/{model}';
/** After the model: nothing, a version, or a label (an alias). */
const PLACES = [MODEL, `${MODEL}/versions/{version}`, `${MODEL}/labels/{label}`];

/**
 * The REST API of TensorFlow Serving.
 * @see https://www.tensorflow.org/tfx/serving/api_rest
 */
export const tfServing: Protocol = {
  id: 'tf-serving',
  title: 'TensorFlow Serving',
  prefixes: ['/v1'],
  routes: PLACES.flatMap((path): Route[] => [
    { method: 'GET', path, summary: 'State of a model and its versions', handle: modelStatus },
    { method: 'GET', path: `${path}/metadata`, summary: 'Signatures of a model', handle: modelMetadata },
    { method: 'POST', path: withVerb(path, 'predict'), summary: 'Predict', handle: predict },
    { method: 'POST', path: withVerb(path, 'classify'), summary: 'Labels with scores', handle: classify },
    { method: 'POST', path: withVerb(path, 'regress'), summary: 'One number a row', handle: regress },
  ]),
  fail: (error, call) => errorReply(error, error.code === 'MODEL_NOT_FOUND' ? notFound(call) : undefined),
};

function withVerb(path: string, verb: string): string {
  return `${path}:${verb}`;
}

/** The words of the reference servers: KServe's where its routes end, TensorFlow Serving's elsewhere. */
function notFound({ method, params: { model = '', version, label } }: Call): string {
  if (version !== undefined) return `Servable not found for request: Specific(${model}, ${version})`;
  if (label !== undefined) return `Unrecognized servable version label: ${label} of the model ${model}`;
  return method === 'POST'
    ? `Servable not found for request: Latest(${model}). Model with name ${model} does not exist.`
    : `Could not find any versions of model ${model}. Model with name ${model} does not exist.`;
}
