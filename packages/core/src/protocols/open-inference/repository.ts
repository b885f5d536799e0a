import { fail } from '../../errors/index.ts';
import { received } from '../../signature/index.ts';
import { isObject, parseObject } from '../inference/json-names.ts';
import type { Call, ListedVersion, Plane, Reply, Route } from '../protocol.ts';
import { json } from '../reply.ts';

/** States of versions in the words of the protocol. */
export const STATES = { ready: 'READY', available: 'UNAVAILABLE', loading: 'LOADING', failed: 'UNAVAILABLE' } as const;

/** A version as the index of the repository shows it. */
export interface RepositoryEntry {
  readonly name: string;
  readonly version: string;
  readonly state: (typeof STATES)[ListedVersion['state']];
  readonly reason: string;
}

/** Every model and version; with `onlyReady` those that answer. */
export async function repositoryIndex(plane: Plane, onlyReady: boolean): Promise<RepositoryEntry[]> {
  const models = await plane.list();
  return models.flatMap(({ name, versions }) =>
    versions
      .filter(({ state }) => !onlyReady || state === 'ready')
      .map(({ version, state, problem = '' }) => ({
        name,
        version: String(version ?? 1),
        state: STATES[state],
        reason: problem,
      })),
  );
}

/**
 * The model repository extension, as Triton has it: what is there, and bringing it into memory and out of it.
 * @see https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_model_repository.md
 */
export const repositoryRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/v2/repository/index',
    summary: 'Every model and version',
    trailingSlash: true,
    async handle(call, plane) {
      const { ready } = documentOf(call);
      if (ready !== undefined && typeof ready !== 'boolean')
        throw fail('INVALID_REQUEST', { problem: `ready: expected true or false, received ${received(ready)}.` });
      return json(await repositoryIndex(plane, ready === true));
    },
  },
  change('load', 'Bring a model into memory', async (call, plane) => {
    refuseOverrides(call);
    await plane.load(call.params['model'] as string);
  }),
  change('unload', 'Take a model out of service', async (call, plane) => {
    documentOf(call);
    await plane.unload(call.params['model'] as string);
  }),
];

function change(verb: string, summary: string, run: (call: Call, plane: Plane) => Promise<void>): Route {
  return {
    method: 'POST',
    path: `/v2/repository/models/{model}/${verb}`,
    access: 'deploy',
    summary,
    trailingSlash: true,
    async handle(call, plane): Promise<Reply> {
      await run(call, plane);
      return json({});
    },
  };
}

/** An empty body is an empty object. */
function documentOf(call: Call): Readonly<Record<string, unknown>> {
  return call.body.length === 0 ? {} : parseObject(call.text(), 'an object');
}

/** Triton takes other settings and files with the request; a package is complete and never changes. */
function refuseOverrides(call: Call): void {
  const { parameters } = documentOf(call);
  if (parameters === undefined || (isObject(parameters) && Object.keys(parameters).length === 0)) return;
  const problem = 'parameters: a model is loaded as it is in the registry, without settings or files of the request.';
  throw fail('INVALID_REQUEST', { problem });
}
