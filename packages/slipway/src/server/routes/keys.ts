import { fail } from '@slipway/core/errors';
import { json, type Call, type Reply, type Route } from '@slipway/core/protocols';
import { keyFacts, parseGrant, parseRate, type Actor, type IssuedKey, type KeyStore } from '../../access/index.ts';
import { readDuration } from '../../config/index.ts';
import { readFields } from './json-body.ts';

/** In which an old key still works after it was replaced. */
const OVERLAP_MS = 24 * 3_600_000;
/** An answer that holds a secret is kept nowhere. */
const NO_STORE = ['cache-control', 'no-store'];

/** Management of access keys; `changed` is called after each change, so that this server follows at once. */
export function keyRoutes(keys: KeyStore, changed: () => Promise<void>): Route[] {
  const id = (call: Call) => call.params['id'] as string;
  return [
    {
      method: 'GET',
      path: '/api/v1/keys',
      access: 'admin',
      handle: async () => json({ keys: (await keys.list()).map((key) => keyFacts(key, new Date())) }),
    },
    {
      method: 'POST',
      path: '/api/v1/keys',
      access: 'admin',
      async handle(call) {
        const given = readFields(call, {
          name: 'string',
          scopes: 'strings',
          expires_in: 'string',
          rate: 'string',
          quota: 'string',
        });
        if (given.name === undefined)
          throw fail('INVALID_REQUEST', { problem: 'name: expected a string, received nothing.' });
        const issued = await keys.create(
          {
            name: given.name,
            grants: (given.scopes ?? []).map(parseGrant),
            rate: given.rate === undefined ? undefined : parseRate(given.rate),
            quota: given.quota === undefined ? undefined : parseRate(given.quota),
            lifetimeMs: readDuration('expires_in', given.expires_in, wrong),
          },
          actorOf(call),
        );
        await changed();
        return issuedReply(issued);
      },
    },
    {
      method: 'GET',
      path: '/api/v1/keys/{id}',
      access: 'admin',
      handle: async (call) => json(keyFacts(await keys.get(id(call)), new Date())),
    },
    {
      method: 'POST',
      path: '/api/v1/keys/{id}/rotate',
      access: 'admin',
      async handle(call) {
        const { overlap } = readFields(call, { overlap: 'string' });
        const issued = await keys.rotate(
          id(call),
          readDuration('overlap', overlap, wrong) ?? OVERLAP_MS,
          actorOf(call),
        );
        await changed();
        return issuedReply(issued);
      },
    },
    {
      method: 'DELETE',
      path: '/api/v1/keys/{id}',
      access: 'admin',
      async handle(call) {
        const revoked = await keys.revoke(id(call), actorOf(call));
        await changed();
        return json(keyFacts(revoked, new Date()));
      },
    },
  ];
}

/** Who did it, for the audit. */
export function actorOf({ caller, requestId }: Call): Actor {
  return { name: caller, requestId };
}

function issuedReply({ key, ...facts }: IssuedKey): Reply {
  const reply = json({ ...keyFacts(facts, new Date()), key }, 201);
  return { ...reply, headers: [...reply.headers, ...NO_STORE] };
}

function wrong(problem: string) {
  return fail('INVALID_REQUEST', { problem });
}
