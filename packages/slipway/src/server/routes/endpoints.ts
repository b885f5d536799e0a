import { fail } from '@slipway/core/errors';
import { json, type Call, type Route } from '@slipway/core/protocols';
import type { EndpointPlane } from '../../engine/index.ts';
import { paused, promoted, type Endpoint, type EndpointSpec, type EndpointStore } from '../../registry/index.ts';
import { readDocument, readFields } from './json-body.ts';
import { actorOf } from './keys.ts';
import { readSpec } from './endpoint-body.ts';

/** Names that lead to several versions: their shares, shadows and limits. Changing traffic needs the scope `deploy`. */
export function endpointRoutes(store: EndpointStore, plane: EndpointPlane): Route[] {
  const facts = (endpoint: Endpoint) => ({ ...endpoint, health: plane.statuses(endpoint.name) });
  const nameOf = ({ params }: Call) => params['name'] as string;

  /** Changes an endpoint, unless somebody else did meanwhile. */
  async function change(call: Call, why: string, to: (spec: EndpointSpec) => EndpointSpec) {
    const { targets, shadows, sticky, rollback, revision, name } = await store.get(nameOf(call));
    const next = to({ targets, shadows, sticky, rollback });
    const changed = await store.set(name, next, why, actorOf(call), revision);
    await plane.refresh();
    return json(facts(changed));
  }

  return [
    {
      method: 'GET',
      path: '/api/v1/endpoints',
      access: 'read',
      async handle(call) {
        const all = (await store.list()).filter(({ name }) => call.may('read', name));
        return json({ endpoints: all.map(facts) });
      },
    },
    {
      method: 'GET',
      path: '/api/v1/endpoints/{name}',
      access: 'read',
      handle: async (call) =>
        json({ ...facts(await store.get(nameOf(call))), history: await store.history(nameOf(call)) }),
    },
    {
      method: 'PUT',
      path: '/api/v1/endpoints/{name}',
      access: 'deploy',
      async handle(call) {
        const { spec, revision } = readSpec(readDocument(call));
        const set = await store.set(nameOf(call), spec, 'set', actorOf(call), revision);
        await plane.refresh();
        return json(facts(set));
      },
    },
    {
      method: 'DELETE',
      path: '/api/v1/endpoints/{name}',
      access: 'deploy',
      async handle(call) {
        await store.delete(nameOf(call), actorOf(call));
        await plane.refresh();
        return json({ name: nameOf(call), deleted: true });
      },
    },
    {
      method: 'POST',
      path: '/api/v1/endpoints/{name}/promote',
      access: 'deploy',
      handle(call) {
        const ref = refOf(call);
        return change(call, `promote ${ref}`, (spec) => promoted(spec, ref));
      },
    },
    {
      method: 'POST',
      path: '/api/v1/endpoints/{name}/pause',
      access: 'deploy',
      handle(call) {
        const ref = refOf(call);
        return change(call, `pause ${ref}`, (spec) => paused(spec, ref, `by ${call.caller}`));
      },
    },
    {
      method: 'POST',
      path: '/api/v1/endpoints/{name}/resume',
      access: 'deploy',
      handle(call) {
        const ref = refOf(call);
        return change(call, `resume ${ref}`, (spec) => paused(spec, ref, undefined));
      },
    },
    {
      method: 'POST',
      path: '/api/v1/endpoints/{name}/rollback',
      access: 'deploy',
      async handle(call) {
        readFields(call, {});
        const back = await store.rollback(nameOf(call), actorOf(call));
        await plane.refresh();
        return json(facts(back));
      },
    },
  ];
}

function refOf(call: Call): string {
  const { ref } = readFields(call, { ref: 'string' });
  if (ref === undefined)
    throw fail('INVALID_REQUEST', { problem: 'ref: expected a version such as churn:3, received nothing.' });
  return ref;
}
