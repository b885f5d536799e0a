/** Parts that management documents are made of. */

export type Json = Readonly<Record<string, unknown>>;

/** A refusal as RFC 9457 writes it. */
export const problem = (description: string): Json => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});
export const refused = {
  '400': problem('The request is not valid.'),
  '401': problem('There is no key, or it is not valid.'),
  '403': problem('The key lacks the scope.'),
};
export const missing = { '404': problem('There is no such thing.') };
/** A parameter of the path. */
export const parameter = (name: string, schema: Json = { type: 'string' }): Json => ({
  name,
  in: 'path',
  required: true,
  schema,
});
/** A whole number in the query. */
export const page = (name: string, description: string): Json => ({
  name,
  in: 'query',
  description,
  schema: { type: 'integer', minimum: 0, maximum: 999_999_999_999_999 },
});
/** A JSON object as the body. */
export const body = (properties: Json, required: readonly string[] = []): Json => ({
  ...(required.length ? { required: true } : {}),
  content: {
    'application/json': {
      schema: { type: 'object', properties, additionalProperties: false, ...(required.length ? { required } : {}) },
    },
  },
});
export const text = { type: 'string' };
export const any = { type: 'object' };
export const modelName = { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' };

/** An operation with the refusals that all of them have. */
export function operation(
  tag: string,
  id: string,
  summary: string,
  status: string,
  schema: Json,
  more: Json = {},
): Json {
  const { errors = {}, ...rest } = more as { errors?: Json };
  return {
    tags: [tag],
    summary,
    operationId: id,
    ...rest,
    responses: { [status]: { description: 'OK', content: { 'application/json': { schema } } }, ...refused, ...errors },
  };
}
