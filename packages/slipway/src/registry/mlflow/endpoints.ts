import type { Endpoint } from '../../mlflow-api/index.ts';

const read = { access: 'read', checksItself: true } as const;
// Whether the key may change this very model is asked by the handlers; that it may see something is asked before.
const models = '/2.0/mlflow/registered-models';
const versions = '/2.0/mlflow/model-versions';

/** Every route of MLflow's model registry, with who handles it. */
export const endpoints = [
  { method: 'POST', path: `${models}/create`, ...read, handler: 'createModel' },
  { method: 'GET', path: `${models}/get`, ...read, handler: 'getModel' },
  { method: 'POST', path: `${models}/rename`, ...read, handler: 'renameModel' },
  { method: 'PATCH', path: `${models}/update`, ...read, handler: 'updateModel' },
  { method: 'DELETE', path: `${models}/delete`, ...read, handler: 'deleteModel' },
  { method: 'GET', path: `${models}/search`, ...read, handler: 'searchModels' },
  { method: 'GET', path: `${models}/get-latest-versions`, ...read, handler: 'latestVersions' },
  { method: 'POST', path: `${models}/get-latest-versions`, ...read, handler: 'latestVersions' },
  { method: 'POST', path: `${models}/set-tag`, ...read, handler: 'setModelTag' },
  { method: 'DELETE', path: `${models}/delete-tag`, ...read, handler: 'deleteModelTag' },
  { method: 'POST', path: `${models}/alias`, ...read, handler: 'setAlias' },
  { method: 'GET', path: `${models}/alias`, ...read, handler: 'getByAlias' },
  { method: 'DELETE', path: `${models}/alias`, ...read, handler: 'deleteAlias' },
  { method: 'POST', path: `${versions}/create`, ...read, handler: 'createVersion' },
  { method: 'GET', path: `${versions}/get`, ...read, handler: 'getVersion' },
  { method: 'PATCH', path: `${versions}/update`, ...read, handler: 'updateVersion' },
  { method: 'DELETE', path: `${versions}/delete`, ...read, handler: 'deleteVersion' },
  { method: 'GET', path: `${versions}/search`, ...read, handler: 'searchVersions' },
  { method: 'POST', path: `${versions}/transition-stage`, ...read, handler: 'transitionStage' },
  { method: 'GET', path: `${versions}/get-download-uri`, ...read, handler: 'downloadUri' },
  { method: 'POST', path: `${versions}/set-tag`, ...read, handler: 'setVersionTag' },
  { method: 'DELETE', path: `${versions}/delete-tag`, ...read, handler: 'deleteVersionTag' },
] as const satisfies readonly Endpoint[];

export type EndpointName = (typeof endpoints)[number]['handler'];
