import { scopes } from '../../access/index.ts';
import {
  any,
  body,
  missing,
  modelName,
  operation,
  page,
  parameter,
  problem,
  refused,
  text,
  type Json,
} from './openapi-parts.ts';

const scope = {
  type: 'string',
  pattern: '^(?:admin|(?:predict|read|write|deploy)(?::(?:[A-Za-z0-9][A-Za-z0-9._-]{0,127}\\*?|\\*))?)$',
};
const duration = (example: string): Json => ({
  type: ['string', 'null'],
  pattern: '^[1-9][0-9]{0,2}(?:ms|s|min|h|d)$',
  examples: [example],
});
const rate = (example: string): Json => ({
  type: ['string', 'null'],
  pattern: '^[1-9][0-9]{0,11}/(?:s|min|h|hour|d|day)$',
  examples: [example],
});
const aliasName = { type: 'string', pattern: '^(?![0-9]+$)(?!latest$)[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' };
const versionRef = {
  type: 'string',
  pattern:
    '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}(?::[1-9][0-9]{0,8}|@sha256:[0-9a-f]{4,64}|@[A-Za-z0-9][A-Za-z0-9._-]{0,127})?$',
  examples: ['churn:4'],
};
const key = {
  type: 'object',
  properties: {
    id: text,
    name: text,
    state: { enum: ['active', 'expired', 'revoked'] },
    scopes: { type: 'array', items: text },
  },
  required: ['id', 'name', 'state', 'scopes'],
};

const feedback = {
  type: 'object',
  properties: {
    request_id: { type: 'string', description: 'x-request-id of the answer' },
    row_index: { type: 'integer', minimum: 0, default: 0, description: 'Of the row in its request.' },
    row: { description: 'In place of request_id: it is answered again.' },
    model: { type: 'string', description: 'Of the row; not needed where there is one model.' },
    actual: { description: 'What came true, in the form of the prediction.' },
  },
  required: ['actual'],
  additionalProperties: false,
};
const place = { type: 'string', minLength: 1, maxLength: 4096 };
const jobFields = {
  model: { ...versionRef, description: 'A registered model.' },
  input: { ...place, description: 'File, folder, pattern, or sqlite:FILE.db#TABLE.' },
  output: { ...place, description: 'Folder, file, or sqlite:FILE.db#TABLE.' },
  columns: {
    type: ['array', 'null'],
    items: { type: 'string', pattern: '^[^,\\x00]+$' },
    description: 'Input columns to keep.',
  },
  where: { type: ['string', 'null'] },
  format: { enum: ['csv', 'jsonl', 'parquet', 'arrow', null] },
  on_error: { enum: ['stop', 'reject', null] },
  force: { type: ['boolean', 'null'] },
  retries: { type: ['integer', 'null'], minimum: 0, maximum: 100 },
};
const name = { type: 'string', minLength: 1, maxLength: 100, pattern: '^[A-Za-z0-9_-]+$' };
const ref = { ref: versionRef };
const endpointFields = {
  targets: {
    type: 'array',
    minItems: 1,
    maxItems: 16,
    uniqueItems: true,
    description: 'Each version once; at least one of them has a weight and is not paused.',
    contains: {
      properties: { weight: { exclusiveMinimum: 0 }, paused: { enum: [null, false] } },
    },
    items: {
      type: 'object',
      properties: {
        ref: versionRef,
        weight: { type: 'number', minimum: 0, maximum: 1e9 },
        paused: { type: ['string', 'boolean', 'null'] },
      },
      required: ['ref'],
      additionalProperties: false,
    },
  },
  shadows: { type: ['array', 'null'], items: versionRef, maxItems: 16 },
  sticky: {
    type: ['object', 'null'],
    properties: { header: name, column: text },
    additionalProperties: false,
    minProperties: 1,
    maxProperties: 1,
  },
  rollback: {
    type: ['object', 'null'],
    anyOf: [
      { type: 'null' },
      { required: ['error_rate'], properties: { error_rate: { type: 'number' } } },
      { required: ['latency_p99_ms'], properties: { latency_p99_ms: { type: 'number' } } },
    ],
    properties: {
      error_rate: { type: ['number', 'null'], exclusiveMinimum: 0, maximum: 1 },
      latency_p99_ms: { type: ['number', 'null'], exclusiveMinimum: 0 },
      min_requests: { type: ['integer', 'null'], minimum: 1 },
      window_s: { type: ['number', 'null'], minimum: 1, maximum: 3600 },
    },
    additionalProperties: false,
  },
  revision: {
    type: 'integer',
    minimum: 0,
    description: 'Only if the endpoint is still at this revision; 0: only if there is none.',
  },
};

function change(id: string, summary: string, fields: Json): Json {
  return {
    parameters: [parameter('name', modelName)],
    post: operation('endpoints', id, summary, '200', any, {
      requestBody: body(fields, Object.keys(fields)),
      errors: { ...missing, '409': problem('It cannot be changed like this now.') },
    }),
  };
}

/** What there is on a server with a home folder: aliases, keys, the audit. */
export const homePaths: Readonly<Record<string, Json>> = {
  '/api/v1/models/{name}/aliases/{alias}': {
    parameters: [parameter('name', modelName), parameter('alias', aliasName)],
    put: operation('models', 'set_alias', 'Point an alias at a version', '200', any, {
      requestBody: body({ version: { type: 'integer', minimum: 1 } }, ['version']),
      errors: missing,
    }),
    delete: operation('models', 'delete_alias', 'Remove an alias', '200', any, { errors: missing }),
  },
  '/api/v1/endpoints': { get: operation('endpoints', 'list_endpoints', 'All endpoints', '200', any) },
  '/api/v1/endpoints/{name}': {
    parameters: [parameter('name', modelName)],
    get: operation('endpoints', 'show_endpoint', 'An endpoint with its history', '200', any, { errors: missing }),
    put: operation('endpoints', 'set_endpoint', 'Make or replace an endpoint', '200', any, {
      requestBody: body(endpointFields, ['targets']),
      errors: { '409': problem('A model has the name, or somebody changed the endpoint meanwhile.') },
    }),
    delete: operation('endpoints', 'delete_endpoint', 'Delete an endpoint', '200', any, { errors: missing }),
  },
  '/api/v1/endpoints/{name}/promote': change('promote_endpoint', 'All requests to one version', ref),
  '/api/v1/endpoints/{name}/pause': change('pause_endpoint', 'No requests for a version', ref),
  '/api/v1/endpoints/{name}/resume': change('resume_endpoint', 'Requests for a version again', ref),
  '/api/v1/endpoints/{name}/rollback': change('rollback_endpoint', 'Take the last change back', {}),
  '/api/v1/keys': {
    get: operation('keys', 'list_keys', 'All keys, without their secrets', '200', any),
    post: operation('keys', 'create_key', 'A new key; the answer shows it for the only time', '201', key, {
      requestBody: body(
        {
          name: {
            type: 'string',
            minLength: 1,
            maxLength: 200,
            pattern: '^(?=.*\\S)[^\\u0000-\\u001f\\u007f-\\u009f]*$',
          },
          scopes: {
            type: 'array',
            minItems: 1,
            items: scope,
            description: `${scopes.join(', ')}; each may be bound to a model: predict:churn`,
          },
          expires_in: duration('90d'),
          rate: rate('100/s'),
          quota: rate('1000000/day'),
        },
        ['name', 'scopes'],
      ),
    }),
  },
  '/api/v1/keys/{id}': {
    parameters: [parameter('id')],
    get: operation('keys', 'show_key', 'A key', '200', key, { errors: missing }),
    delete: operation('keys', 'revoke_key', 'End a key at once', '200', key, { errors: missing }),
  },
  '/api/v1/keys/{id}/rotate': {
    parameters: [parameter('id')],
    post: operation(
      'keys',
      'rotate_key',
      'A new key in place of this one, which works on for the overlap',
      '201',
      key,
      {
        requestBody: body({ overlap: duration('24h') }),
        errors: { ...missing, '409': problem('The key is not active.') },
      },
    ),
  },
  '/api/v1/feedback': {
    post: operation('predict', 'give_feedback', 'What came true, for requests or rows', '200', any, {
      requestBody: {
        content: {
          'application/json': { schema: { oneOf: [feedback, { type: 'array', items: feedback, maxItems: 1000 }] } },
        },
      },
      errors: { '404': problem('No logged request has the id.') },
    }),
  },
  '/api/v1/feedback/summary': {
    get: operation('predict', 'feedback_summary', 'Accuracy or errors of each version by what came true', '200', any, {
      parameters: [{ name: 'model', in: 'query', schema: text, description: 'Only this model.' }],
    }),
  },
  '/api/v1/jobs': {
    get: operation('batch', 'listJobs', 'Batch jobs, the newest first', '200', any),
    post: operation('batch', 'createJob', 'Score whole files; below --batch-root only', '202', any, {
      requestBody: body(jobFields, ['model', 'input', 'output']),
    }),
  },
  '/api/v1/jobs/{id}': {
    get: operation('batch', 'getJob', 'State, progress, rate, errors', '200', any, {
      parameters: [parameter('id')],
      errors: missing,
    }),
  },
  '/api/v1/jobs/{id}/cancel': {
    post: operation('batch', 'cancelJob', 'Stop a job, or take it out of the queue', '200', any, {
      parameters: [parameter('id')],
      errors: { ...missing, '409': problem('It is over already.') },
    }),
  },
  '/api/v1/events': {
    get: {
      tags: ['batch'],
      summary: 'Changes of batch jobs as server-sent events',
      operationId: 'events',
      parameters: [{ name: 'Last-Event-ID', in: 'header', description: 'Go on behind this event.', schema: text }],
      responses: {
        '200': { description: 'A stream without an end.', content: { 'text/event-stream': { schema: text } } },
        ...refused,
      },
    },
  },
  '/api/v1/audit': {
    get: operation('keys', 'audit', 'Every management action; as NDJSON all of them at once', '200', any, {
      parameters: [page('after', 'Only entries with a larger id.'), page('limit', 'Entries at most (100).')],
    }),
  },
};
