import type { Call } from '@slipway/core/protocols';
import { readRequest, type Handlers, type Message } from '../../mlflow-api/index.ts';
import type { VersionRecord } from '../catalog/records.ts';
import type { EndpointName } from './endpoints.ts';
import { modelFacts, newestPerStage, versionFacts } from './facts.ts';
import { checkTag, checkTagKey, checkTitle, stageOf } from './names.ts';
import { searchModels } from './search-models.ts';
import { actorOf, modelOf, orExists, requireScope, type RegistryWireOptions } from './shared.ts';

const tag = { key: 'string', value: 'string' } as const;
const messages = {
  create: { name: 'string', tags: { repeated: { message: tag } }, description: 'string' },
  named: { name: 'string' },
  rename: { name: 'string', new_name: 'string' },
  update: { name: 'string', description: 'string' },
  latest: { name: 'string', stages: { repeated: 'string' } },
  tag: { name: 'string', key: 'string', value: 'string' },
} as const satisfies Record<string, Message>;

const text = ['string', 'required'] as const;

type ModelEndpoint = Extract<
  EndpointName,
  | 'createModel'
  | 'getModel'
  | 'renameModel'
  | 'updateModel'
  | 'deleteModel'
  | 'searchModels'
  | 'latestVersions'
  | 'setModelTag'
  | 'deleteModelTag'
>;

/** What clients ask about registered models. */
export function modelHandlers(options: RegistryWireOptions): Handlers<ModelEndpoint> {
  const { models, registry } = options;
  const latestOf = async (modelId: number): Promise<VersionRecord[]> =>
    newestPerStage(await options.versions.list(modelId));

  const createModel = async (call: Call): Promise<object> => {
    const checks = { name: text, tags: ['array'], description: ['string'] } as const;
    const { name = '', tags = [], description } = readRequest(call, messages.create, checks);
    checkTitle(name);
    for (const { key = '', value = '' } of tags) checkTag(key, value);
    requireScope(call, 'write', name);
    const made = models.create(
      { title: name, description, tags: new Map(tags.map(({ key = '', value = '' }) => [key, value])) },
      actorOf(call),
    );
    const model = await orExists(made, `Registered Model (name=${name}) already exists.`);
    registry.changed();
    return { registered_model: modelFacts(model, []) };
  };

  const getModel = async (call: Call): Promise<object> => {
    const { name = '' } = readRequest(call, messages.named, { name: text });
    const model = await modelOf(options, call, name, 'read');
    return { registered_model: modelFacts(model, await latestOf(model.id)) };
  };

  const renameModel = async (call: Call): Promise<object> => {
    const checks = { name: text, new_name: text };
    const { name = '', new_name: title = '' } = readRequest(call, messages.rename, checks);
    checkTitle(title, 'new_name');
    const model = await modelOf(options, call, name, 'write');
    requireScope(call, 'write', title);
    const renaming = models.rename(model, title, actorOf(call));
    const renamed = await orExists(renaming, `Registered Model (name=${title}) already exists.`);
    registry.changed();
    return { registered_model: modelFacts(renamed, await latestOf(model.id)) };
  };

  const updateModel = async (call: Call): Promise<object> => {
    const checks = { name: text, description: ['string'] } as const;
    const { name = '', description = '' } = readRequest(call, messages.update, checks);
    const model = await modelOf(options, call, name, 'write');
    const changed = await models.describe(model, { description }, actorOf(call));
    return { registered_model: modelFacts(changed, await latestOf(model.id)) };
  };

  const deleteModel = async (call: Call): Promise<object> => {
    const { name = '' } = readRequest(call, messages.named, { name: text });
    await orExists(models.delete(await modelOf(options, call, name, 'write'), actorOf(call)), '');
    registry.changed();
    return {};
  };

  const latestVersions = async (call: Call): Promise<object> => {
    const checks = { name: text, stages: ['array', 'strings'] } as const;
    const { name = '', stages = [] } = readRequest(call, messages.latest, checks);
    const model = await modelOf(options, call, name, 'read');
    const latest = await latestOf(model.id);
    const wanted = stages.map(stageOf);
    const found = wanted.length === 0 ? latest : latest.filter(({ stage }) => wanted.includes(stage));
    return found.length === 0 ? {} : { model_versions: found.map((version) => versionFacts(version)) };
  };

  const setModelTag = async (call: Call): Promise<object> => {
    const checks = { name: text, key: text, value: ['string'] } as const;
    const { name = '', key = '', value = '' } = readRequest(call, messages.tag, checks);
    checkTitle(name);
    checkTag(key, value);
    await models.setTag(await modelOf(options, call, name, 'write'), key, value, actorOf(call));
    return {};
  };

  const deleteModelTag = async (call: Call): Promise<object> => {
    const { name = '', key = '' } = readRequest(call, messages.tag, { name: text, key: text });
    checkTitle(name);
    checkTagKey(key);
    await models.deleteTag(await modelOf(options, call, name, 'write'), key, actorOf(call));
    return {};
  };

  return {
    createModel,
    getModel,
    renameModel,
    updateModel,
    deleteModel,
    searchModels: (call) => searchModels(options, call),
    latestVersions,
    setModelTag,
    deleteModelTag,
  };
}
