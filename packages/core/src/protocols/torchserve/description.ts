import type { Protocol } from '../protocol.ts';

/** The routes of a wire as a small OpenAPI document; `/openapi.json` has all of them with schemas. */
export function describe({ title, routes }: Protocol): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const { method, path, summary = '' } of routes) {
    const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string' },
    }));
    paths[path] = {
      ...paths[path],
      [method.toLowerCase()]: { summary, parameters, responses: { '200': { description: 'OK' } } },
    };
  }
  return { openapi: '3.0.1', info: { title: `${title} API`, version: '1.0.0' }, paths };
}
