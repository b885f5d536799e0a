import type { ErrorCode, SlipwayError } from '../../errors/index.ts';
import { withModel } from '../inference/find.ts';
import { sentenceOf } from '../inference/sentence.ts';
import { parseMediaType } from '../media-type.ts';
import type { Call, Protocol, Reply, Route } from '../protocol.ts';
import { errorHeaders, text } from '../reply.ts';
import { invocations, invoke, TYPES } from './invocations.ts';

/** The MLflow whose answers these are (`GET /version`). */
const MLFLOW_VERSION = '3.17.2';

/**
 * MLflow's scoring protocol 2.0, as `mlflow models serve` speaks it.
 * @see https://mlflow.org/docs/latest/ml/deployment/deploy-model-locally
 */
export const mlflow: Protocol = {
  id: 'mlflow',
  title: 'MLflow scoring',
  prefixes: ['/invocations', '/endpoints', '/serving-endpoints'],
  routes: [
    { method: 'POST', path: '/invocations', summary: 'Predict', handle: invocations },
    // By name, as `mlflow.deployments` clients and those of Databricks’ model serving call it.
    ...['/endpoints', '/serving-endpoints'].map((base): Route => ({
      method: 'POST',
      path: `${base}/{model}/invocations`,
      summary: 'Predict',
      handle: (call, plane) => withModel(call, plane, (model) => invoke(call, model, plane)),
    })),
    {
      method: 'GET',
      path: '/ping',
      access: 'public',
      summary: 'The process lives',
      handle: () => text('\n', 'application/json'),
    },
    {
      method: 'GET',
      path: '/health',
      access: 'public',
      summary: 'The process lives',
      handle: () => text('\n', 'application/json'),
    },
    {
      method: 'GET',
      path: '/version',
      access: 'public',
      summary: 'Version of the protocol',
      handle: () => text(MLFLOW_VERSION),
    },
  ],
  fail: failInvocation,
};

const CODES: Partial<Record<ErrorCode, string>> = {
  MODEL_NOT_FOUND: 'RESOURCE_DOES_NOT_EXIST',
  UNAUTHENTICATED: 'UNAUTHENTICATED',
  FORBIDDEN: 'PERMISSION_DENIED',
  FORBIDDEN_ORIGIN: 'PERMISSION_DENIED',
  RATE_LIMITED: 'REQUEST_LIMIT_EXCEEDED',
  MODEL_TOO_LARGE: 'TEMPORARILY_UNAVAILABLE',
  NOT_READY: 'TEMPORARILY_UNAVAILABLE',
  OVERLOADED: 'TEMPORARILY_UNAVAILABLE',
  DEADLINE_EXCEEDED: 'DEADLINE_EXCEEDED',
  TOO_LARGE: 'REQUEST_LIMIT_EXCEEDED',
};

/** `{"error_code": "BAD_REQUEST", "message": "…"}`; what cannot be read at all is a line of text, as there. */
export function failInvocation(error: SlipwayError, call: Call): Reply {
  const headers = ['content-type', 'application/json', ...errorHeaders(error)];
  if (error.code === 'UNSUPPORTED_MEDIA_TYPE') return text(unsupportedText(call), undefined, 415);
  const code = CODES[error.code] ?? (error.status >= 500 ? 'INTERNAL_ERROR' : 'BAD_REQUEST');
  return { status: error.status, headers, body: JSON.stringify({ error_code: code, message: sentenceOf(error) }) };
}

function unsupportedText(call: Call): string {
  const given = call.header('content-type') ?? '';
  const encoding = call.header('content-encoding');
  if (TYPES.includes(parseMediaType(given).type))
    return encoding === undefined
      ? 'The scoring server only supports UTF-8'
      : `Content encoding ${encoding} is not supported.`;
  return `This predictor only supports the following content types: Types: [${TYPES.map((type) => `'${type}'`).join(', ')}]. Got '${given}'.`;
}
