import { fail } from '@slipway/core/errors';
import type { ModelSource, ServedModel, VersionInfo } from '../engine/index.ts';
import { describe, parseReference, paused, type ModelVersion, type Home, type Reference } from '../registry/index.ts';

/** Whoever pauses targets that do badly. */
const watchdog = { name: 'automatic' };

/** Loads the package of a version for serving. */
export type LoadVersion = (version: ModelVersion) => Promise<ServedModel>;

/** Everything in the registry, as the engine wants it. */
export function registrySource(
  { registry, endpoints }: Pick<Home, 'registry' | 'endpoints'>,
  load: LoadVersion,
): ModelSource {
  return {
    resolve: (ref) => registry.resolve(referenceTo(ref)),
    load: async (version) =>
      load(await registry.resolve({ model: version.model, kind: 'version', version: version.version })),
    models: () => registry.models(),
    reach: () => registry.reach(),
    versions: (model) => registry.versions(model),
    endpoints: () => endpoints.list(),
    async pauseTarget({ name, revision }, ref, why) {
      const current = await endpoints.get(name);
      // Another server was first, or somebody has decided otherwise.
      if (current.revision !== revision) return;
      const { targets, shadows, sticky, rollback } = current;
      await endpoints.set(
        name,
        paused({ targets, shadows, sticky, rollback }, ref, why),
        `automatic: ${why}`,
        watchdog,
        revision,
      );
    },
    watch: (changed) => registry.watch(changed),
  };
}

/**
 * Only the models that a server was started for. Its plain name means what the command line said: after
 * `slipway serve churn@champion` it is the champion, wherever that alias moves.
 */
export function narrowedSource(source: ModelSource, references: readonly Reference[]): ModelSource {
  const given = new Map(references.map((reference) => [reference.model, describe(reference)]));
  const known = (model: string, ref: string): void => {
    if (!given.has(model)) throw fail('MODEL_NOT_FOUND', { ref });
  };
  return {
    ...source,
    resolve: async (ref) => {
      const { model, kind } = referenceTo(ref);
      known(model, ref);
      return await source.resolve(kind === 'newest' ? (given.get(model) as string) : ref);
    },
    endpoints: async () => {
      const all = (await source.endpoints?.()) ?? [];
      return all.filter(({ targets }) => targets.every(({ ref }) => given.has(referenceTo(ref).model)));
    },
    models: async () => {
      const served: VersionInfo[] = [];
      for (const ref of given.values()) served.push(await source.resolve(ref));
      return served;
    },
    versions: async (model) => {
      known(model, model);
      return await source.versions(model);
    },
  };
}

function referenceTo(ref: string): Reference {
  const reference = parseReference(ref);
  if (!reference) throw fail('MODEL_NOT_FOUND', { ref });
  return reference;
}
