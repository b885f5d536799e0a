import { fail } from '@slipway/core/errors';
import { json, type Call, type Route } from '@slipway/core/protocols';
import { lineageOf, searchNames, type Home, type ModelRecord, type VersionRecord } from '../../registry/index.ts';
import { readDocument } from './json-body.ts';
import { actorOf } from './keys.ts';

type Catalog = Pick<Home, 'rows' | 'models' | 'versions' | 'registry'>;

const MOST_TEXT = 100_000;

/** What people write about models and versions: texts, tags, cards; deleting and restoring; where a version comes from. */
export function catalogRoutes(home: Catalog): Route[] {
  const { models, versions, registry, rows } = home;
  const modelOf = (call: Call): Promise<ModelRecord> => models.get(call.params['name'] ?? '');
  const numberOf = (call: Call): number => {
    const text = call.params['version'] ?? '';
    if (!/^[1-9]\d{0,8}$/.test(text)) throw fail('MODEL_NOT_FOUND', { ref: `${call.params['name'] ?? ''}:${text}` });
    return Number(text);
  };
  const versionOf = async (call: Call): Promise<VersionRecord> => versions.get(await modelOf(call), numberOf(call));
  const model = '/api/v1/models/{name}';
  const version = `${model}/versions/{version}`;
  return [
    {
      method: 'GET',
      path: '/api/v1/search',
      access: 'read',
      async handle(call) {
        const names = await searchNames(rows, (call.query('q') ?? '').slice(0, 1000));
        return json({ models: names.filter((name) => call.may('read', name)) });
      },
    },
    {
      method: 'GET',
      path: `${model}/about`,
      access: 'read',
      handle: async (call) => json(modelFacts(await modelOf(call))),
    },
    {
      method: 'PATCH',
      path: `${model}/about`,
      access: 'write',
      async handle(call) {
        const { description, card, tags } = readTexts(call, true);
        let found = await modelOf(call);
        const actor = actorOf(call);
        if (description !== undefined || card !== undefined) await models.describe(found, { description, card }, actor);
        for (const [key, value] of tags) {
          if (value === null) await models.deleteTag(found, key, actor);
          else await models.setTag(found, key, value, actor);
        }
        found = await modelOf(call);
        return json(modelFacts(found));
      },
    },
    {
      method: 'DELETE',
      path: model,
      access: 'write',
      async handle(call) {
        const found = await modelOf(call);
        await models.delete(found, actorOf(call));
        registry.changed();
        return json({ name: found.name, deleted: true });
      },
    },
    {
      method: 'POST',
      path: `${model}/restore`,
      access: 'write',
      async handle(call) {
        const found = await models.restore(call.params['name'] ?? '', actorOf(call));
        registry.changed();
        return json(modelFacts(found));
      },
    },
    {
      method: 'GET',
      path: `${version}/about`,
      access: 'read',
      async handle(call) {
        const found = await versionOf(call);
        return json({ ...versionFacts(found), lineage: await lineageOf(rows, found) });
      },
    },
    {
      method: 'PATCH',
      path: `${version}/about`,
      access: 'write',
      async handle(call) {
        const { description, tags } = readTexts(call, false);
        const found = await versionOf(call);
        const actor = actorOf(call);
        if (description !== undefined) await versions.describe(found, description, actor);
        for (const [key, value] of tags) {
          if (value === null) await versions.deleteTag(found, key, actor);
          else await versions.setTag(found, key, value, actor);
        }
        return json(versionFacts(await versionOf(call)));
      },
    },
    {
      method: 'DELETE',
      path: version,
      access: 'write',
      async handle(call) {
        const found = await versionOf(call);
        await versions.delete(found, false, actorOf(call));
        registry.changed();
        return json({ name: found.name, version: found.version, deleted: true });
      },
    },
    {
      method: 'POST',
      path: `${version}/restore`,
      access: 'write',
      async handle(call) {
        const found = await versions.restore(await modelOf(call), numberOf(call), actorOf(call));
        registry.changed();
        return json(versionFacts(found));
      },
    },
  ];
}

function modelFacts({ name, title, description, card, tags, aliases, createdAt, updatedAt }: ModelRecord): object {
  const named = Object.fromEntries(aliases.map(({ alias, version }) => [alias, version]));
  return { name, title, description, card, tags, aliases: named, created_at: createdAt, updated_at: updatedAt };
}

function versionFacts(found: VersionRecord): object {
  const { name, version, digest, state, problem, stage, description, tags, aliases, createdAt, updatedAt } = found;
  const times = { created_at: createdAt, updated_at: updatedAt };
  return { name, version, digest, state, problem, stage, description, tags, aliases, ...times };
}

interface Texts {
  readonly description: string | undefined;
  readonly card: string | undefined;
  /** Null removes a tag. */
  readonly tags: readonly (readonly [string, string | null])[];
}

function readTexts(call: Call, hasCard: boolean): Texts {
  const document = readDocument(call);
  const known = ['description', 'tags', ...(hasCard ? ['card'] : [])];
  const unknown = Object.keys(document).find((key) => !known.includes(key));
  if (unknown !== undefined)
    throw fail('INVALID_REQUEST', {
      problem: `${JSON.stringify(unknown)} is no field of this request; it takes ${known.join(', ')}.`,
    });
  const text = (name: string, most: number): string | undefined => {
    const value: unknown = Object.hasOwn(document, name) ? (document as Record<string, unknown>)[name] : undefined;
    if (value === undefined || (typeof value === 'string' && value.length <= most)) return value;
    throw fail('INVALID_REQUEST', { problem: `${name}: expected a string of at most ${most} characters.` });
  };
  const tags: unknown = Object.hasOwn(document, 'tags') ? (document as Record<string, unknown>)['tags'] : {};
  if (typeof tags !== 'object' || tags === null || Array.isArray(tags))
    throw fail('INVALID_REQUEST', { problem: 'tags: expected an object of strings; null removes a tag.' });
  const pairs = Object.entries(tags).map(([key, value]: [string, unknown]): readonly [string, string | null] => {
    const isText = typeof value === 'string' && value.length <= MOST_TEXT;
    if (key !== '' && key.length <= 250 && (value === null || isText)) return [key, value];
    throw fail('INVALID_REQUEST', {
      problem: `tags.${key.slice(0, 80)}: expected a string or null, and a name of 1 to 250 characters.`,
    });
  });
  return { description: text('description', MOST_TEXT), card: text('card', 1_000_000), tags: pairs };
}
