import { fail } from '@slipway/core/errors';
import type { Home, ModelRecord, VersionRecord } from '../registry/index.ts';
import { referenceOf } from './with-registry.ts';

/** A model, or one of its versions, that a user named. */
export interface CatalogTarget {
  readonly model: ModelRecord;
  /** Undefined where the model as a whole is meant. */
  readonly version: VersionRecord | undefined;
}

/** Finds what `churn`, `churn:3` or `churn@champion` means, also versions without a package. */
export async function catalogTarget({ models, versions, registry }: Home, word: string): Promise<CatalogTarget> {
  const reference = referenceOf(word);
  const model = await models.get(reference.model);
  switch (reference.kind) {
    case 'newest':
      return { model, version: undefined };
    case 'version':
      return { model, version: await versions.get(model, reference.version) };
    case 'alias': {
      const alias = model.aliases.find((one) => one.alias === reference.alias);
      if (!alias) throw fail('ALIAS_NOT_FOUND', { model: model.name, alias: reference.alias });
      return { model, version: await versions.get(model, alias.version) };
    }
    case 'digest':
      return { model, version: await versions.get(model, (await registry.resolve(reference)).version) };
  }
}
