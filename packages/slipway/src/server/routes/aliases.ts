import { fail } from '@slipway/core/errors';
import { json, type Route } from '@slipway/core/protocols';
import type { Registry } from '../../registry/index.ts';
import { readFields } from './json-body.ts';
import { actorOf } from './keys.ts';

/** Moving and removing aliases: what traffic follows, so it needs the scope `deploy`. */
export function aliasRoutes(registry: Registry): Route[] {
  const path = '/api/v1/models/{name}/aliases/{alias}';
  return [
    {
      method: 'PUT',
      path,
      access: 'deploy',
      async handle(call) {
        const { name = '', alias = '' } = call.params;
        const { version } = readFields(call, { version: 'number' });
        if (version === undefined || !Number.isSafeInteger(version) || version < 1)
          throw fail('INVALID_REQUEST', {
            problem: `version: expected the number of a version, received ${version ?? 'nothing'}.`,
          });
        const moved = await registry.setAlias(name, alias, version, actorOf(call));
        return json({ name, alias, version: moved.version, digest: moved.digest });
      },
    },
    {
      method: 'DELETE',
      path,
      access: 'deploy',
      async handle(call) {
        const { name = '', alias = '' } = call.params;
        await registry.deleteAlias(name, alias, actorOf(call));
        return json({ name, alias, deleted: true });
      },
    },
  ];
}
