import { fail } from '../../errors/index.ts';
import { received } from '../../signature/index.ts';
import { parseObject } from '../inference/json-names.ts';
import { failInvocation } from '../mlflow/index.ts';
import { invoke } from '../mlflow/invocations.ts';
import type { Call, ListedModel, Plane, Protocol, Reply } from '../protocol.ts';
import { json, text } from '../reply.ts';

/**
 * Several models in one SageMaker container: loaded, unloaded and invoked by name. Off unless enabled.
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/mms-container-apis.html
 */
export const sagemakerMultiModel: Protocol = {
  id: 'sagemaker-multi-model',
  title: 'SageMaker, several models',
  prefixes: ['/models'],
  routes: [
    {
      method: 'GET',
      path: '/ping',
      access: 'public',
      summary: 'The container is healthy',
      handle: () => text('\n', 'application/json'),
    },
    { method: 'GET', path: '/models', summary: 'Models in memory', handle: list },
    { method: 'POST', path: '/models', access: 'deploy', summary: 'Load a model', handle: load },
    { method: 'GET', path: '/models/{model}', summary: 'A model in memory', handle: describe },
    { method: 'DELETE', path: '/models/{model}', access: 'deploy', summary: 'Unload a model', handle: unload },
    {
      method: 'POST',
      path: '/models/{model}/invoke',
      summary: 'Predict',
      handle: async (call, plane) => invoke(call, await loaded(call, plane), plane),
    },
  ],
  fail: failInvocation,
};

async function list(call: Call, plane: Plane): Promise<Reply> {
  const models = (await plane.list()).filter(isLoaded);
  const from = pageFrom(call.query('next_page_token'));
  const page = models.slice(from, from + PAGE);
  const next = from + PAGE < models.length ? { nextPageToken: String(from + PAGE) } : {};
  return json({ models: page.map(facts), ...next });
}

const PAGE = 100;

function pageFrom(token: string | undefined): number {
  if (token === undefined) return 0;
  if (/^\d{1,9}$/.test(token)) return Number(token);
  throw fail('INVALID_REQUEST', { problem: `next_page_token: ${received(token)} is none that this server gave.` });
}

async function load(call: Call, plane: Plane): Promise<Reply> {
  const { model_name: name, url } = parseObject(call.text(), 'an object with "model_name" and "url"');
  if (typeof name !== 'string' || name === '')
    throw fail('INVALID_REQUEST', { problem: `model_name: expected a string, received ${received(name)}.` });
  if (url !== undefined && typeof url !== 'string')
    throw fail('INVALID_REQUEST', { problem: `url: expected a string, received ${received(url)}.` });
  if ((await plane.list(name)).some((model) => model.name === name && isLoaded(model)))
    throw fail('CONFLICT', { problem: `The model ${name} is loaded already.` });
  const model = await plane.load(name, url);
  return json({ modelName: model.name, modelUrl: url ?? '' });
}

async function describe(call: Call, plane: Plane): Promise<Reply> {
  await loaded(call, plane);
  return json({ modelName: call.params['model'], modelUrl: '' });
}

async function unload(call: Call, plane: Plane): Promise<Reply> {
  await loaded(call, plane);
  await plane.unload(call.params['model'] as string);
  return json({});
}

/** 404 for what is not in memory: SageMaker loads it then. */
async function loaded(call: Call, plane: Plane) {
  const name = call.params['model'] as string;
  if (!(await plane.list(name)).some((model) => model.name === name && isLoaded(model)))
    throw fail('MODEL_NOT_FOUND', { ref: name });
  return await plane.find(name);
}

function isLoaded({ versions }: ListedModel): boolean {
  return versions.some(({ state }) => state === 'ready');
}

function facts({ name }: ListedModel) {
  return { modelName: name, modelUrl: '' };
}
