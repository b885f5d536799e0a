import { fail } from '../../errors/index.ts';
import type { Call, ListedModel, ListedVersion, Plane, Protocol, Reply } from '../protocol.ts';
import { json } from '../reply.ts';
import { failTorch } from './index.ts';

/**
 * TorchServe's management API, as far as it lists and describes models. Off unless enabled.
 * @see https://pytorch.org/serve/management_api.html
 */
export const torchserveManagement: Protocol = {
  id: 'torchserve-management',
  title: 'TorchServe management',
  prefixes: ['/models'],
  routes: [
    { method: 'GET', path: '/models', summary: 'Models of this server', handle: list },
    {
      method: 'GET',
      path: '/models/{model}',
      summary: 'The newest version of a model',
      handle: (call, plane) => show(call, plane),
    },
    {
      method: 'GET',
      path: '/models/{model}/{version}',
      summary: 'A version of a model, or all',
      handle: (call, plane) => show(call, plane),
    },
  ],
  fail: failTorch,
};

async function list(call: Call, plane: Plane): Promise<Reply> {
  const limit = Math.max(1, Math.min(1000, Number(call.query('limit') ?? 100) || 100));
  const from = Math.max(0, Number(call.query('next_page_token') ?? 0) || 0);
  const models = await plane.list();
  const next = from + limit < models.length ? { nextPageToken: String(from + limit) } : {};
  return json({
    ...next,
    models: models.slice(from, from + limit).map(({ name }) => ({ modelName: name, modelUrl: name })),
  });
}

async function show({ params: { model: name = '', version } }: Call, plane: Plane): Promise<Reply> {
  const model = (await plane.list(name)).find((one) => one.name === name);
  const versions = model?.versions ?? [];
  const asked =
    version === undefined
      ? versions.slice(0, 1)
      : version === 'all'
        ? versions
        : versions.filter((one) => String(one.version ?? 1) === version);
  if (!model || asked.length === 0) throw fail('MODEL_NOT_FOUND', { ref: name });
  return json(asked.map((one) => facts(model, one)));
}

function facts({ name }: ListedModel, { version, state }: ListedVersion) {
  return {
    modelName: name,
    modelVersion: String(version ?? 1),
    modelUrl: name,
    runtime: 'slipway',
    minWorkers: 1,
    maxWorkers: 1,
    batchSize: 1,
    maxBatchDelay: 0,
    loadedAtStartup: state === 'ready',
    workers: state === 'ready' ? [{ id: '1', status: 'READY' }] : [],
  };
}
