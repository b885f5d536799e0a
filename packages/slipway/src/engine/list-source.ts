import { SlipwayError } from '@slipway/core/errors';
import type { ListedModel } from '@slipway/core/protocols';
import type { Log } from '../telemetry/index.ts';
import type { ModelSource } from './model-source.ts';
import type { ServedModel } from './served-model.ts';

/** Models of the source, or only the one of that name; what is loaded of them where the source does not answer. */
export async function listSource(
  source: ModelSource,
  inMemory: Iterable<ServedModel>,
  only: string | undefined,
  log: Log,
): Promise<ListedModel[]> {
  const loaded = new Map([...inMemory].map((model) => [model.label, model]));
  try {
    const listed: ListedModel[] = [];
    const names = only === undefined ? (await source.models()).map(({ model }) => model) : [only];
    for (const name of names) {
      const versions = (await source.versions(name)).map(({ version, aliases }) => {
        const state = loaded.has(`${name}:${version}`) ? ('ready' as const) : ('available' as const);
        return { version, state, aliases };
      });
      listed.push({ name, versions });
    }
    return listed;
  } catch (error) {
    if (error instanceof SlipwayError && error.status === 404) return [];
    log.warn('registry not reachable', { error });
    const wanted = [...loaded.values()].filter(({ name }) => only === undefined || name === only);
    return [...Map.groupBy(wanted, ({ name }) => name)].map(([name, models]) => ({
      name,
      versions: models.map(({ version }) => ({ version, state: 'ready' as const, aliases: [] })),
    }));
  }
}
