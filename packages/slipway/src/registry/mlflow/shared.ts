import { fail, SlipwayError } from '@slipway/core/errors';
import type { Call, Scope } from '@slipway/core/protocols';
import type { Actor } from '../../access/index.ts';
import { refuse, type TrackingPort } from '../../mlflow-api/index.ts';
import type { RowStore } from '../../stores/index.ts';
import type { ModelCatalog } from '../catalog/models.ts';
import type { ModelRecord, VersionRecord } from '../catalog/records.ts';
import type { VersionCatalog } from '../catalog/versions.ts';
import type { Registry } from '../registry.ts';
import { checkTitle, versionNumber } from './names.ts';

export interface RegistryWireOptions {
  readonly rows: RowStore;
  readonly registry: Registry;
  readonly models: ModelCatalog;
  readonly versions: VersionCatalog;
  /** Undefined where no tracking server is beside this one; then runs and logged models cannot be sources. */
  readonly tracking: TrackingPort | undefined;
  /** Called after a version was made that waits for its import. */
  readonly wake: () => void;
}

/** Keys may be bound to models, by the name that references have; a name that is free counts as itself. */
export function requireScope(call: Call, scope: Scope, name: string): void {
  if (!call.may(scope, name)) throw fail('FORBIDDEN', { needed: `${scope}:${name}`, held: 'it for other models' });
}

/** The model that a client names, seen with a scope on it. */
export async function modelOf(
  { models }: RegistryWireOptions,
  call: Call,
  title: string,
  scope: Scope,
): Promise<ModelRecord> {
  checkTitle(title);
  const found = await models.find({ title });
  requireScope(call, scope, found?.name ?? title);
  if (!found) throw refuse('RESOURCE_DOES_NOT_EXIST', `Registered Model with name=${title} not found`);
  return found;
}

/** The version that a client names, seen with a scope on its model. */
export async function versionOf(
  { models, versions }: RegistryWireOptions,
  call: Call,
  title: string,
  version: string,
  scope: Scope,
): Promise<VersionRecord> {
  checkTitle(title);
  const number = versionNumber(version);
  const model = await models.find({ title });
  requireScope(call, scope, model?.name ?? title);
  const found = model && (await versions.find(model.id, number));
  if (!found) throw refuse('RESOURCE_DOES_NOT_EXIST', `Model Version (name=${title}, version=${version}) not found`);
  return found;
}

/** Who does it, for the audit. */
export function actorOf({ caller, requestId }: Call): Actor {
  return { name: caller, requestId };
}

/** Says a CONFLICT of ours with a code of MLflow's. */
export async function orExists<T>(doing: Promise<T>, text: string): Promise<T> {
  try {
    return await doing;
  } catch (error) {
    if (error instanceof SlipwayError && error.code === 'CONFLICT' && error.message.startsWith('There is a model'))
      throw refuse('RESOURCE_ALREADY_EXISTS', text);
    if (error instanceof SlipwayError && error.code === 'CONFLICT') throw refuse('RESOURCE_CONFLICT', error.message);
    throw error;
  }
}
