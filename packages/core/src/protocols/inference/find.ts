import { fail, SlipwayError } from '../../errors/index.ts';
import type { Call, Plane, Reply, Servable } from '../protocol.ts';

/** The version that wires name where a model has none: a file that is served without a registry is its first. */
const FIRST = '1';

/** `3`, and `1` for a file that is served without a registry. */
export function versionOf({ version }: Servable): string {
  return version === undefined ? FIRST : String(version);
}

/** The model of a route with `{model}` and perhaps `{version}` or `{label}` (an alias). */
export function findModel(call: Call, plane: Plane): Servable | Promise<Servable> {
  return findNamed(plane, call.params);
}

/** A model by name, and perhaps by version or label (an alias). */
export function findNamed(
  plane: Plane,
  { model, version, label }: { readonly model?: string; readonly version?: string; readonly label?: string },
): Servable | Promise<Servable> {
  if (label !== undefined) return plane.find(`${model}@${label}`);
  return version === undefined ? plane.find(model) : findVersion(plane, model as string, version);
}

/** Hands the model to `use`, without a promise where it is at hand. */
export function withModel(
  call: Call,
  plane: Plane,
  use: (model: Servable) => Reply | Promise<Reply>,
): Reply | Promise<Reply> {
  const model = findModel(call, plane);
  return model instanceof Promise ? model.then(use) : use(model);
}

async function findVersion(plane: Plane, name: string, version: string): Promise<Servable> {
  try {
    return await plane.find(`${name}:${version}`);
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.status !== 404 || version !== FIRST) throw error;
    const model = await plane.find(name);
    if (model.version === undefined) return model;
    throw fail('MODEL_NOT_FOUND', { ref: `${name}:${version}` }, { cause: error });
  }
}
