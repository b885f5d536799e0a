import { fail } from '@slipway/core/errors';
import type { Call } from '@slipway/core/protocols';
import { invalid, readRequest, refuse, type Handlers, type Message } from '../../mlflow-api/index.ts';
import type { EndpointName } from './endpoints.ts';
import { downloadUri, versionFacts } from './facts.ts';
import type { modelHandlers } from './model-handlers.ts';
import {
  checkAliasIsFree,
  checkAliasText,
  checkTag,
  checkTagKey,
  checkTitle,
  stageOf,
  versionNumber,
} from './names.ts';
import { searchVersions } from './search-versions.ts';
import { actorOf, modelOf, versionOf, type RegistryWireOptions } from './shared.ts';
import { resolveSource } from './sources.ts';

const tag = { key: 'string', value: 'string' } as const;
const named = { name: 'string', version: 'string' } as const;
const messages = {
  create: {
    name: 'string',
    source: 'string',
    run_id: 'string',
    tags: { repeated: { message: tag } },
    run_link: 'string',
    description: 'string',
    model_id: 'string',
  },
  named,
  update: { ...named, description: 'string' },
  stage: { ...named, stage: 'string', archive_existing_versions: 'bool' },
  tag: { ...named, ...tag },
  alias: { ...named, alias: 'string' },
} as const satisfies Record<string, Message>;

const text = ['string', 'required'] as const;
const isNamed = { name: text, version: text };
/** Sources of prompts, which are no models and are not imported. */
const PROMPT = 'mlflow.prompt.is_prompt';

type VersionEndpoint = Exclude<EndpointName, keyof ReturnType<typeof modelHandlers>>;

/** What clients ask about versions and aliases. */
export function versionHandlers(options: RegistryWireOptions): Handlers<VersionEndpoint> {
  const { versions, registry, wake } = options;

  const createVersion = async (call: Call): Promise<object> => {
    const string = ['string'] as const;
    const checks = {
      name: text,
      source: text,
      run_id: string,
      tags: ['array'],
      run_link: string,
      description: string,
      model_id: string,
    } as const;
    const request = readRequest(call, messages.create, checks);
    const { name = '', source = '', run_id: runId, model_id: modelId, tags = [] } = request;
    const pairs = new Map(tags.map(({ key = '', value = '' }) => [key, value]));
    const isPrompt = pairs.get(PROMPT)?.toLowerCase() === 'true';
    const from = isPrompt
      ? { origin: source, artifacts: source, runId: runId ?? '', modelId }
      : await resolveSource(options, call, { source, runId, modelId });
    checkTitle(name);
    for (const [key, value] of pairs) checkTag(key, value);
    const model = await modelOf(options, call, name, 'write');
    const made = await versions.create(
      model,
      {
        origin: from.origin,
        artifacts: from.artifacts,
        runId: from.runId,
        runLink: request.run_link ?? '',
        loggedModelId: from.modelId ?? null,
        description: request.description ?? '',
        tags: pairs,
        state: isPrompt ? 'ready' : 'pending',
      },
      actorOf(call),
    );
    if (from.modelId) await options.tracking?.noteVersion(from.modelId, name, String(made.version));
    registry.changed();
    wake();
    return { model_version: versionFacts(made) };
  };

  const getVersion = async (call: Call): Promise<object> => {
    const { name = '', version = '' } = readRequest(call, messages.named, isNamed);
    return { model_version: versionFacts(await versionOf(options, call, name, version, 'read')) };
  };

  const updateVersion = async (call: Call): Promise<object> => {
    const request = readRequest(call, messages.update, { ...isNamed, description: ['string'] });
    const { name = '', version = '', description = null } = request;
    const found = await versionOf(options, call, name, version, 'write');
    return { model_version: versionFacts(await versions.describe(found, description, actorOf(call))) };
  };

  const transitionStage = async (call: Call): Promise<object> => {
    const request = readRequest(call, messages.stage, { ...isNamed, stage: text });
    const { name = '', version = '', archive_existing_versions: archives = false } = request;
    const stage = stageOf(request.stage ?? '');
    if (archives && stage !== 'Staging' && stage !== 'Production') {
      const problem = `Model version transition cannot archive existing model versions because '${request.stage ?? ''}' is not an Active stage. Valid stages are ['Staging', 'Production']`;
      throw fail('MLFLOW_INTERNAL', { problem });
    }
    const found = await versionOf(options, call, name, version, 'write');
    return { model_version: versionFacts(await versions.setStage(found, stage, archives, actorOf(call))) };
  };

  const deleteVersion = async (call: Call): Promise<object> => {
    const { name = '', version = '' } = readRequest(call, messages.named, isNamed);
    versionNumber(version);
    const found = await versionOf(options, call, name, version, 'write');
    // What traffic follows goes with it.
    if (found.aliases.length > 0) await modelOf(options, call, name, 'deploy');
    await versions.delete(found, true, actorOf(call));
    registry.changed();
    return {};
  };

  const getDownloadUri = async (call: Call): Promise<object> => {
    const { name = '', version = '' } = readRequest(call, messages.named);
    return { artifact_uri: downloadUri(await versionOf(options, call, name, version, 'read')) };
  };

  const setVersionTag = async (call: Call): Promise<object> => {
    const checks = { ...isNamed, key: text, value: ['string'] } as const;
    const { name = '', version = '', key = '', value = '' } = readRequest(call, messages.tag, checks);
    checkTitle(name);
    versionNumber(version);
    checkTag(key, value);
    await versions.setTag(await versionOf(options, call, name, version, 'write'), key, value, actorOf(call));
    return {};
  };

  const deleteVersionTag = async (call: Call): Promise<object> => {
    const { name = '', version = '', key = '' } = readRequest(call, messages.tag, { ...isNamed, key: text });
    checkTitle(name);
    versionNumber(version);
    checkTagKey(key);
    await versions.deleteTag(await versionOf(options, call, name, version, 'write'), key, actorOf(call));
    return {};
  };

  const setAlias = async (call: Call): Promise<object> => {
    const checks = { name: text, alias: text, version: text };
    const { name = '', alias = '', version = '' } = readRequest(call, messages.alias, checks);
    checkTitle(name);
    checkAliasText(alias);
    checkAliasIsFree(alias);
    const found = await versionOf(options, call, name, version, 'deploy');
    await registry.pointAlias(found.name, alias, found.version, actorOf(call));
    return {};
  };

  const deleteAlias = async (call: Call): Promise<object> => {
    const { name = '', alias = '' } = readRequest(call, messages.alias, { name: text, alias: text });
    checkTitle(name);
    checkAliasText(alias);
    const model = await modelOf(options, call, name, 'deploy');
    if (model.aliases.some((one) => one.alias === alias)) await registry.deleteAlias(model.name, alias, actorOf(call));
    return {};
  };

  const getByAlias = async (call: Call): Promise<object> => {
    const { name = '', alias = '' } = readRequest(call, messages.alias, { name: text, alias: text });
    checkTitle(name);
    checkAliasText(alias);
    const model = await modelOf(options, call, name, 'read');
    if (alias.toLowerCase() === 'latest') {
      const [newest] = await versions.list(model.id);
      if (!newest) throw refuse('RESOURCE_DOES_NOT_EXIST', `Latest version not found for model ${name}.`);
      return { model_version: versionFacts(newest) };
    }
    const meant = model.aliases.find((one) => one.alias === alias);
    if (!meant) throw invalid(`Registered model alias ${alias} not found.`);
    return { model_version: versionFacts(await versionOf(options, call, name, String(meant.version), 'read')) };
  };

  return {
    createVersion,
    getVersion,
    updateVersion,
    transitionStage,
    deleteVersion,
    downloadUri: getDownloadUri,
    setVersionTag,
    deleteVersionTag,
    setAlias,
    deleteAlias,
    getByAlias,
    searchVersions: (call) => searchVersions(options, call),
  };
}
