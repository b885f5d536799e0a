import { fail } from '@slipway/core/errors';
import { json, type Call, type Reply, type Route } from '@slipway/core/protocols';
import { answerSchema, rowSchema } from '@slipway/core/signature';
import type { ModelPlane, ServedModel, VersionInfo } from '../../engine/index.ts';

/** Management, reading: models, their versions and aliases. */
export function modelRoutes(plane: ModelPlane): Route[] {
  return [
    { method: 'GET', path: '/api/v1/models', access: 'read', handle: (call) => listModels(plane, call) },
    {
      method: 'GET',
      path: '/api/v1/models/{name}',
      access: 'read',
      handle: (call) => showModel(plane, call.params['name'] as string),
    },
    {
      method: 'GET',
      path: '/api/v1/models/{name}/versions',
      access: 'read',
      handle: (call) => showModel(plane, call.params['name'] as string),
    },
    {
      method: 'GET',
      path: '/api/v1/models/{name}/versions/{version}',
      access: 'read',
      handle: (call) => showVersion(plane, call),
    },
  ];
}

/** Names of all models, those that the server was started with first. */
export async function modelNames(plane: ModelPlane): Promise<string[]> {
  const started = plane.statuses().map(({ model }) => model);
  const registered = (await plane.source?.models()) ?? [];
  return [...new Set([...started, ...registered.map(({ model }) => model)])];
}

async function listModels(plane: ModelPlane, call: Call): Promise<Reply> {
  const registered = ((await plane.source?.models()) ?? []).map(versionFacts);
  const known = new Set(registered.map(({ name }) => name));
  const others = plane.loaded().filter(({ name }) => !known.has(name));
  const all = [...others.map(servedFacts), ...registered];
  return json({ models: all.filter(({ name }) => call.may('read', name)) });
}

async function showModel(plane: ModelPlane, name: string): Promise<Reply> {
  const versions = await versionsOf(plane, name);
  const aliases = Object.fromEntries(versions.flatMap((info) => info.aliases.map((alias) => [alias, info.version])));
  return json({ name, aliases, versions });
}

async function showVersion(plane: ModelPlane, { params }: Call): Promise<Reply> {
  const { name = '', version = '' } = params;
  const facts = (await versionsOf(plane, name)).find((info) => String(info.version) === version);
  if (!facts) throw fail('MODEL_NOT_FOUND', { ref: `${name}:${version}` });
  const model = await plane.find(facts.version === null ? name : `${name}:${version}`);
  return json({ ...facts, ...signatureFacts(model) });
}

async function versionsOf(plane: ModelPlane, name: string) {
  const served = plane.loaded().filter((model) => model.name === name);
  if (!plane.source || (served.length > 0 && served.every(({ version }) => version === undefined))) {
    if (served.length === 0) throw fail('MODEL_NOT_FOUND', { ref: name });
    return served.map((model) => ({ ...servedFacts(model), memory: memoryFacts(plane, model) }));
  }
  const inMemory = new Map(served.map((model) => [model.version, memoryFacts(plane, model)]));
  return (await plane.source.versions(name)).map((info) => ({
    ...versionFacts(info),
    memory: inMemory.get(info.version) ?? null,
  }));
}

function versionFacts({ model, version, digest, createdAt, newest, aliases, size, source, summary }: VersionInfo) {
  return { name: model, version, digest, created_at: createdAt, newest, aliases, size, source, summary };
}

/** What a version takes, for those that are in memory. */
function memoryFacts(plane: ModelPlane, model: ServedModel) {
  return { bytes: model.memory, pinned: plane.isPinned(model) };
}

/** A model that is served from a file has no version and no history. */
function servedFacts({ name, version, digest, about, runtimes }: ServedModel) {
  return {
    name,
    version: version ?? null,
    digest,
    newest: true,
    aliases: [] as string[],
    summary: { what: about, runtimes },
  };
}

/** What a client needs to call a model. */
function signatureFacts({ signature, label, runtimes, example }: ServedModel) {
  return {
    predict: `/predict/${label}`,
    runtimes,
    task: signature.task,
    form: signature.form,
    classes: signature.classes,
    row_schema: rowSchema(signature),
    answer_schema: answerSchema(signature),
    example,
  };
}
