import { json, problemSchema, type MountedRoute, type Route } from '@slipway/core/protocols';
import { answerSchema, rowSchema, type JsonSchema } from '@slipway/core/signature';
import type { ModelPlane, ServedModel } from '../../engine/index.ts';
import { catalogPaths, deletions } from './openapi-catalog.ts';
import { homePaths } from './openapi-home.ts';
import { wirePaths, wireTags } from './openapi-wires.ts';

type Json = Readonly<Record<string, unknown>>;

const problemAnswer = (description: string): Json => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});
const answerHeaders = {
  'x-slipway-model': { description: 'Name and version that answered.', schema: { type: 'string' } },
  'x-slipway-digest': { description: 'Digest of the package that answered.', schema: { type: 'string' } },
  'x-request-id': { description: 'The one that was sent, or a new one.', schema: { type: 'string' } },
};
const predictErrors = {
  '400': problemAnswer('The request or a row is not valid; `errors` lists every problem.'),
  '404': problemAnswer('There is no such model or version.'),
  '413': problemAnswer('The body is too large.'),
  '415': problemAnswer('The content type is not understood.'),
  '503': problemAnswer('The model is loading, or too much runs at once.'),
  '504': problemAnswer('The time of x-request-timeout-ms is over.'),
};

/** `GET /openapi.json`: the routes with the concrete rows and answers of the models that are loaded. */
export function openApiRoutes(
  plane: ModelPlane,
  version: string,
  hasManagement: boolean,
  hasHome: boolean,
  mounted: readonly MountedRoute[],
): Route[] {
  return [
    {
      method: 'GET',
      path: '/openapi.json',
      access: 'read',
      handle: () => json(openApi(plane.loaded(), version, hasManagement, hasHome, mounted)),
    },
  ];
}

const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer', description: 'A key: slw_…' },
  header: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
};

/** The OpenAPI 3.1 document. */
function openApi(
  models: readonly ServedModel[],
  version: string,
  hasManagement: boolean,
  hasHome: boolean,
  mounted: readonly MountedRoute[],
): Json {
  const paths: Record<string, Json> = {};
  const schemas: Record<string, Json | JsonSchema> = { Problem: problemSchema };
  for (const model of models) {
    const name = model.label.replaceAll(/[^\w.-]/g, '_');
    schemas[`${name}.row`] = rowSchema(model.signature);
    schemas[`${name}.answer`] = answerSchema(model.signature);
    paths[`/predict/${model.label}`] = predictPath(model, name, `Predict with ${model.label}`, `predict_${name}`);
  }
  const [only] = models;
  if (only && models.length === 1) {
    const name = only.label.replaceAll(/[^\w.-]/g, '_');
    paths['/predict'] = predictPath(only, name, 'Predict with the only model', 'predict');
  }
  paths['/predict/{ref}'] = genericPath();
  Object.assign(
    paths,
    operationPaths(),
    hasManagement ? managementPaths() : {},
    hasHome ? { ...homePaths, ...catalogPaths } : {},
    wirePaths(mounted),
  );
  if (hasHome) for (const [path, own] of Object.entries(deletions)) paths[path] = { ...paths[path], delete: own };
  return {
    openapi: '3.1.0',
    info: {
      title: 'Slipway',
      version,
      description:
        'Predictions of the models on this server. A row in, an answer out; an array of rows in, an array of answers out.',
    },
    tags: [
      { name: 'predict' },
      { name: 'operations' },
      ...(hasManagement ? [{ name: 'models' }] : []),
      ...(hasHome ? [{ name: 'endpoints' }, { name: 'batch' }, { name: 'webhooks' }, { name: 'keys' }] : []),
      ...wireTags(mounted),
    ],
    paths,
    components: { schemas, securitySchemes },
    security: [{ bearer: [] }, { header: [] }, {}],
  };
}

const predictParameters = [
  {
    name: 'extra',
    in: 'query',
    description: 'What undeclared columns do.',
    schema: { enum: ['refuse', 'ignore'], default: 'refuse' },
  },
  {
    name: 'x-request-timeout-ms',
    in: 'header',
    description: 'Answer 504 after this time.',
    schema: { type: 'integer', minimum: 1, maximum: 3_600_000 },
  },
];

function predictPath(model: ServedModel, name: string, summary: string, operationId: string): Json {
  const row = { $ref: `#/components/schemas/${name}.row` };
  const answer = { $ref: `#/components/schemas/${name}.answer` };
  const { example } = model;
  return {
    post: {
      tags: ['predict'],
      summary,
      operationId,
      ...(model.about === undefined ? {} : { description: model.about }),
      parameters: predictParameters,
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: { oneOf: [row, { type: 'array', items: row }] },
            ...(example === undefined
              ? {}
              : {
                  examples: {
                    row: { summary: 'One row', value: example },
                    batch: { summary: 'Two rows', value: [example, example] },
                  },
                }),
          },
          ...(model.rows.layout ? fileTypes : {}),
          ...(takesPictures(model) ? pictureTypes : {}),
        },
      },
      responses: { '200': answers(answer), ...predictErrors },
    },
  };
}

const fileTypes = {
  'text/csv': {
    schema: { type: 'string', description: 'The first line names the columns; further columns are passed by.' },
  },
  'application/x-ndjson': { schema: { type: 'string', description: 'One row a line.' } },
};

const picture = { type: 'string', format: 'binary' };
const pictureTypes = {
  'image/png': { schema: picture },
  'image/jpeg': { schema: picture },
  'multipart/form-data': {
    schema: {
      type: 'object',
      description: 'Each file is a row; several files are answered in an array.',
      properties: { image: { type: 'array', items: picture } },
    },
  },
};

function takesPictures({ signature: { tensors = [] } }: ServedModel): boolean {
  return tensors.length === 1 && tensors[0]?.image !== undefined;
}

function answers(answer: Json): Json {
  return {
    description: 'One answer, or one a row.',
    headers: answerHeaders,
    content: {
      'application/json': { schema: { oneOf: [answer, { type: 'array', items: answer }] } },
      'text/csv': { schema: { type: 'string' } },
      'application/x-ndjson': { schema: { type: 'string' } },
    },
  };
}

function genericPath(): Json {
  return {
    post: {
      tags: ['predict'],
      summary: 'Predict with any model',
      operationId: 'predict_ref',
      parameters: [
        {
          name: 'ref',
          in: 'path',
          required: true,
          description: '`churn` (newest), `churn:3`, `churn@champion`, `churn@sha256:…`',
          schema: { type: 'string' },
        },
        ...predictParameters,
      ],
      requestBody: { required: true, content: { 'application/json': { schema: {} }, ...fileTypes, ...pictureTypes } },
      responses: { '200': answers({}), ...predictErrors },
    },
  };
}

function get(
  tag: string,
  operationId: string,
  summary: string,
  type: string,
  more: Json = {},
  parameters: readonly Json[] = [],
): Json {
  return {
    get: {
      tags: [tag],
      summary,
      operationId,
      ...(parameters.length ? { parameters } : {}),
      responses: { '200': { description: 'OK', content: { [type]: { schema: {} } } }, ...more },
    },
  };
}

function operationPaths(): Record<string, Json> {
  const notReady = {
    '503': { description: 'Not ready; the body says why.', content: { 'application/json': { schema: {} } } },
  };
  return {
    '/healthz': get('operations', 'health', 'The process lives', 'application/json'),
    '/readyz': get('operations', 'readiness', 'The models answer', 'application/json', notReady),
    '/metrics': get('operations', 'metrics', 'Figures for Prometheus', 'text/plain'),
  };
}

function managementPaths(): Record<string, Json> {
  const name = { name: 'name', in: 'path', required: true, schema: { type: 'string' } };
  const number = { name: 'version', in: 'path', required: true, schema: { type: 'integer', minimum: 1 } };
  const missing = { '404': problemAnswer('There is no such model or version.') };
  return {
    '/api/v1/models': get('models', 'list_models', 'The newest version of each model', 'application/json'),
    '/api/v1/models/{name}': get(
      'models',
      'show_model',
      'Versions and aliases of a model',
      'application/json',
      missing,
      [name],
    ),
    '/api/v1/models/{name}/versions': get(
      'models',
      'list_versions',
      'Versions and aliases of a model',
      'application/json',
      missing,
      [name],
    ),
    '/api/v1/models/{name}/versions/{version}': get(
      'models',
      'show_version',
      'A version with its signature',
      'application/json',
      missing,
      [name, number],
    ),
  };
}
