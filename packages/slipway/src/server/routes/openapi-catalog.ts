import { registryEvents, webhookUrlPattern } from '../../registry/index.ts';
import { any, body, missing, modelName, operation, parameter, problem, text, type Json } from './openapi-parts.ts';

const conflict = { '409': problem('Something refers to it, or the name is taken.') };
const tags = {
  type: 'object',
  description: 'Tags to set; null removes one.',
  propertyNames: { minLength: 1, maxLength: 250 },
  additionalProperties: { type: ['string', 'null'], maxLength: 100_000 },
};
const description = { type: 'string', maxLength: 100_000 };
const name = parameter('name', modelName);
const version = parameter('version', { type: 'integer', minimum: 1, maximum: 999_999_999 });
const id = parameter('id');
const webhook = { type: 'object', properties: { id: text, url: text }, required: ['id', 'url'] };

/** What people write about models and versions, and webhooks. */
export const catalogPaths: Readonly<Record<string, Json>> = {
  '/api/v1/search': {
    get: operation('models', 'search', 'Models in whose texts and tags all words are', '200', any, {
      parameters: [{ name: 'q', in: 'query', description: 'Words; `team:risk` means a tag.', schema: text }],
    }),
  },
  '/api/v1/models/{name}/about': {
    parameters: [name],
    get: operation('models', 'model_about', 'Description, card, tags and aliases of a model', '200', any, {
      errors: missing,
    }),
    patch: operation('models', 'describe_model', 'Change what is written about a model', '200', any, {
      requestBody: body({ description, card: { type: 'string', maxLength: 1_000_000 }, tags }),
      errors: missing,
    }),
  },
  '/api/v1/models/{name}/restore': {
    parameters: [name],
    post: operation('models', 'restore_model', 'Bring back the model of this name', '200', any, {
      errors: { ...missing, ...conflict },
    }),
  },
  '/api/v1/models/{name}/versions/{version}/about': {
    parameters: [name, version],
    get: operation('models', 'version_about', 'State, texts, tags and lineage of a version', '200', any, {
      errors: missing,
    }),
    patch: operation('models', 'describe_version', 'Change what is written about a version', '200', any, {
      requestBody: body({ description, tags }),
      errors: missing,
    }),
  },
  '/api/v1/models/{name}/versions/{version}/restore': {
    parameters: [name, version],
    post: operation('models', 'restore_version', 'Bring back a version that was deleted', '200', any, {
      errors: missing,
    }),
  },
  '/api/v1/webhooks': {
    get: operation('webhooks', 'list_webhooks', 'All webhooks, without their secrets', '200', any),
    post: operation(
      'webhooks',
      'create_webhook',
      'A new webhook; the answer shows its secret for the only time',
      '201',
      webhook,
      {
        requestBody: body(
          {
            url: { type: 'string', format: 'uri', pattern: webhookUrlPattern, maxLength: 2000 },
            name: {
              type: ['string', 'null'],
              pattern: '^[A-Za-z0-9 ._-]*[A-Za-z0-9._-][A-Za-z0-9 ._-]*$',
              minLength: 1,
              maxLength: 100,
            },
            events: { type: ['array', 'null'], minItems: 1, items: { enum: [...registryEvents] } },
            model: { ...modelName, type: ['string', 'null'] },
          },
          ['url'],
        ),
      },
    ),
  },
  '/api/v1/webhooks/{id}': {
    parameters: [id],
    get: operation('webhooks', 'show_webhook', 'A webhook', '200', webhook, { errors: missing }),
    delete: operation('webhooks', 'delete_webhook', 'Delete a webhook with its messages', '200', any, {
      errors: missing,
    }),
  },
  '/api/v1/webhooks/{id}/test': {
    parameters: [id],
    post: operation('webhooks', 'test_webhook', 'Send a message that says nothing', '202', any, { errors: missing }),
  },
  '/api/v1/webhooks/{id}/deliveries': {
    parameters: [id],
    get: operation('webhooks', 'webhook_deliveries', 'What was sent, and what was answered', '200', any, {
      errors: missing,
    }),
  },
};

/** What may be deleted, beside reading the same path. */
export const deletions: Readonly<Record<string, Json>> = {
  '/api/v1/models/{name}': operation('models', 'delete_model', 'Delete a model with its versions', '200', any, {
    parameters: [name],
    errors: { ...missing, ...conflict },
  }),
  '/api/v1/models/{name}/versions/{version}': operation('models', 'delete_version', 'Delete a version', '200', any, {
    parameters: [name, version],
    errors: { ...missing, ...conflict },
  }),
};
