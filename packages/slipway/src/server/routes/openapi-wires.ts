import type { MountedRoute } from '@slipway/core/protocols';

type Json = Readonly<Record<string, unknown>>;

/** Routes that other servers' clients speak: each with its wire as tag. Their bodies are those servers' to describe. */
export function wirePaths(mounted: readonly MountedRoute[]): Record<string, Json> {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of foreign(mounted)) {
    const { method, path, summary = '', access, protocol } = route;
    const id = `${protocol.id}_${method}_${path}`
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '_')
      .replace(/_$/, '');
    const hasBody = method === 'POST' || method === 'PUT';
    paths[path] = {
      ...paths[path],
      [method.toLowerCase()]: {
        tags: [protocol.id],
        summary,
        operationId: id,
        parameters: parametersOf(path),
        ...(access === 'public' ? { security: [] } : {}),
        ...(hasBody ? { requestBody: { content: { 'application/json': { schema: {} } } } } : {}),
        responses: {
          '200': { description: 'OK', content: { '*/*': { schema: {} } } },
          default: {
            description: `What ${protocol.title} answers then.`,
            content: { '*/*': { schema: {} } },
          },
        },
      },
    };
  }
  return paths;
}

export function wireTags(mounted: readonly MountedRoute[]): Json[] {
  const titles = new Map(foreign(mounted).map(({ protocol }) => [protocol.id, protocol.title]));
  return [...titles].map(([name, description]) => ({ name, description }));
}

/** Those that have a summary: our own are described with their schemas elsewhere. */
function foreign(mounted: readonly MountedRoute[]): MountedRoute[] {
  return mounted.filter(({ summary }) => summary !== undefined);
}

function parametersOf(path: string): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}
