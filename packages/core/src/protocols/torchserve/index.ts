import type { SlipwayError } from '../../errors/index.ts';
import { modelReply } from '../inference/answers.ts';
import { withModel } from '../inference/find.ts';
import { decodeInstances } from '../inference/instances.ts';
import { isObject } from '../inference/json-names.ts';
import { runRows } from '../inference/run.ts';
import { sentenceOf } from '../inference/sentence.ts';
import type { Call, Plane, Protocol, Reply, Route } from '../protocol.ts';
import { json, errorHeaders } from '../reply.ts';
import { answerTexts } from './answer.ts';
import { readData } from './body.ts';
import { describe } from './description.ts';

const PATHS = ['/predictions/{model}', '/predictions/{model}/{version}'];

/**
 * TorchServe's inference API.
 * @see https://pytorch.org/serve/inference_api.html
 */
export const torchserve: Protocol = {
  id: 'torchserve',
  title: 'TorchServe',
  prefixes: ['/predictions'],
  routes: [
    ...PATHS.flatMap((path) =>
      // `curl -T file` sends PUT.
      (['POST', 'PUT'] as const).map((method): Route => ({ method, path, summary: 'Predict', handle: predict })),
    ),
    {
      method: 'GET',
      path: '/ping',
      access: 'public',
      summary: 'The process lives',
      handle: () => json({ status: 'Healthy' }),
    },
    {
      method: 'GET',
      path: '/api-description',
      summary: 'This API as OpenAPI',
      handle: () => json(describe(torchserve)),
    },
  ],
  fail: failTorch,
};

function predict(call: Call, plane: Plane): Reply | Promise<Reply> {
  return withModel(call, plane, (model) => {
    const data = readData(call, model);
    const isBatch = isObject(data) && Array.isArray(data['instances']);
    const rows = isBatch ? decodeInstances(model, data['instances'] as unknown[]) : model.rows.decode(data);
    return runRows(model, rows, call.signal).then((outputs) => {
      const texts = answerTexts(model, rows, outputs);
      if (isBatch) return modelReply(model, `{"predictions":[${texts.join(',')}]}`);
      return modelReply(model, rows.single ? (texts[0] as string) : `[${texts.join(',')}]`);
    });
  });
}

/** `{"code": 404, "type": "ModelNotFoundException", "message": "…"}` */
export function failTorch(error: SlipwayError, { params: { model = '', version } }: Call): Reply {
  const isMissing = error.code === 'MODEL_NOT_FOUND';
  const missing =
    version === undefined
      ? `Model not found: ${model}`
      : `Model version: ${version} does not exist for model: ${model}`;
  const type = isMissing
    ? version === undefined
      ? 'ModelNotFoundException'
      : 'ModelVersionNotFoundException'
    : typeOf(error);
  const body = { code: error.status, type, message: isMissing ? missing : sentenceOf(error) };
  const headers = ['content-type', 'application/json', ...errorHeaders(error)];
  return { status: error.status, headers, body: JSON.stringify(body) };
}

function typeOf({ status }: SlipwayError): string {
  if (status === 404) return 'ResourceNotFoundException';
  if (status === 405) return 'MethodNotAllowedException';
  if (status === 409) return 'ConflictStatusException';
  if (status === 503) return 'ServiceUnavailableException';
  return status >= 500 ? 'InternalServerException' : 'BadRequestException';
}
