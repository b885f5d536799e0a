import { fail } from '@slipway/core/errors';
import type { Package } from '@slipway/core/package';
import { auditStatement, localActor, type Actor } from '../access/index.ts';
import { watchRows, type BlobStore, type Row, type RowStore } from '../stores/index.ts';
import { loadPackage, storePackage } from './package-blobs.ts';
import { eventStatement } from './events.ts';
import { insertVersion, moveAlias, newestNumber, removeAlias, selectVersions } from './queries.ts';
import { checkAlias, checkModelName, describe, type Reference } from './reference.ts';
import { whyWithoutPackage } from './without-package.ts';

/** Plain JSON that says where a version came from, or what it is in short. */
export type Facts = Readonly<Record<string, unknown>>;

/** A version of a registered model. It never changes; what moves are its aliases. */
export interface ModelVersion {
  readonly model: string;
  readonly version: number;
  /** Of its package: `sha256:…`. */
  readonly digest: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly newest: boolean;
  readonly aliases: readonly string[];
  /** Bytes of the package. */
  readonly size: number;
  readonly source: Facts;
  readonly summary: Facts;
}

export interface AliasMove {
  readonly alias: string;
  readonly previous: number | null;
  /** Null: the alias was removed. */
  readonly version: number | null;
  readonly at: string;
}

export interface Registration {
  readonly version: ModelVersion;
  /** The model had this very package already. */
  readonly existed: boolean;
}

/** Registered models, their versions and aliases. Packages lie in blobs, so equal files are stored once. */
export class Registry {
  readonly #rows: RowStore;
  readonly #blobs: BlobStore;
  readonly #now: () => Date;
  readonly #listeners = new Set<() => void>();

  constructor(rows: RowStore, blobs: BlobStore, now: () => Date) {
    this.#rows = rows;
    this.#blobs = blobs;
    this.#now = now;
  }

  /**
   * Adds a package as the next version of a model. Atomic: files first, durably, then one transaction, so whoever is killed in
   * between leaves at most files that nobody refers to.
   */
  async register(
    pkg: Package,
    model: string,
    facts: { source: Facts; summary: Facts; alias?: string | undefined },
    actor: Actor = localActor,
  ): Promise<Registration> {
    checkModelName(model);
    if ((await this.#rows.read('SELECT 1 FROM endpoints WHERE name = ?', [model])).length > 0)
      throw fail('CONFLICT', {
        problem: `There is an endpoint named "${model}"; endpoints and models share their names.`,
      });
    if (facts.alias !== undefined) checkAlias(facts.alias);
    const { manifestSha256, size } = await storePackage(this.#blobs, pkg);
    const at = this.#now().toISOString();
    const { digest } = pkg;
    const [source, summary] = [JSON.stringify(facts.source), JSON.stringify(facts.summary)];
    const inserted = await this.#rows.write([
      ...insertVersion({ model, digest, manifestSha256, size, source, summary, at }),
      ...(facts.alias === undefined ? [] : moveAlias(model, facts.alias, 'digest', digest, at)),
      auditStatement(actor, 'version.register', model, at, { digest, alias: facts.alias }),
      ...eventStatement('version.imported', model, { digest }, at, { madeBy: { digest } }),
      ...(facts.alias === undefined ? [] : eventStatement('alias.set', model, { alias: facts.alias, digest }, at)),
    ]);
    this.changed();
    const [version] = await this.#versions('WHERE m.name = ? AND v.digest = ? ORDER BY v.number DESC', [model, digest]);
    return { version: version as ModelVersion, existed: inserted[2]?.length === 0 };
  }

  /** The version that is meant; MODEL_NOT_FOUND or ALIAS_NOT_FOUND where there is none. */
  async resolve(reference: Reference): Promise<ModelVersion> {
    const found = await this.#find(reference);
    if (found) return found;
    const without = await whyWithoutPackage(this.#rows, reference);
    if (without) throw fail('VERSION_NOT_SERVABLE', { ref: describe(reference), why: without });
    const { model } = reference;
    if (reference.kind === 'alias' && (await this.#knows(model))) {
      throw fail('ALIAS_NOT_FOUND', { model, alias: reference.alias });
    }
    throw fail('MODEL_NOT_FOUND', { ref: describe(reference) });
  }

  /** The package of a version, every byte verified. */
  async load(version: ModelVersion): Promise<Package> {
    const [row] = await this.#rows.read('SELECT manifest_sha256 FROM packages WHERE digest = ?', [version.digest]);
    return await loadPackage(this.#blobs, String(row?.['manifest_sha256']));
  }

  /** The newest version of every model, by name. */
  models(): Promise<ModelVersion[]> {
    return this.#versions(`WHERE v.number = ${newestNumber} ORDER BY m.name`, []);
  }

  /** All versions of a model, the newest first. */
  async versions(model: string): Promise<ModelVersion[]> {
    const found = await this.#versions('WHERE m.name = ? ORDER BY v.number DESC', [model]);
    if (found.length === 0) throw fail('MODEL_NOT_FOUND', { ref: model });
    return found;
  }

  /** Points an alias at a version that can be served. */
  async setAlias(model: string, alias: string, version: number, actor: Actor = localActor): Promise<ModelVersion> {
    checkAlias(alias);
    const target = await this.resolve({ model, kind: 'version', version });
    await this.pointAlias(model, alias, version, actor);
    return { ...target, aliases: [...new Set([...target.aliases, alias])] };
  }

  /** Points an alias at a version, whether or not it can be served already; both are known to be there. */
  async pointAlias(model: string, alias: string, version: number, actor: Actor): Promise<void> {
    const at = this.#now().toISOString();
    await this.#rows.write([
      ...moveAlias(model, alias, 'number', version, at),
      auditStatement(actor, 'alias.set', `${model}@${alias}`, at, { version }),
      ...eventStatement('alias.set', model, { alias, version }, at),
    ]);
    this.changed();
  }

  async deleteAlias(model: string, alias: string, actor: Actor = localActor): Promise<void> {
    const there = await this.#rows.read(
      'SELECT 1 FROM aliases a JOIN models m ON m.id = a.model_id WHERE m.name = ? AND a.name = ?',
      [model, alias],
    );
    if (there.length === 0) {
      if (await this.#knows(model)) throw fail('ALIAS_NOT_FOUND', { model, alias });
      throw fail('MODEL_NOT_FOUND', { ref: `${model}@${alias}` });
    }
    const at = this.#now().toISOString();
    await this.#rows.write([
      ...removeAlias(model, alias, at),
      auditStatement(actor, 'alias.delete', `${model}@${alias}`, at),
      ...eventStatement('alias.deleted', model, { alias }, at),
    ]);
    this.changed();
  }

  /** Every move of a model's aliases, the newest first. */
  async aliasHistory(model: string): Promise<AliasMove[]> {
    const rows = await this.#rows.read(
      `SELECT h.name, h.previous, h.number, h.at FROM alias_moves h JOIN models m ON m.id = h.model_id
        WHERE m.name = ? ORDER BY h.id DESC`,
      [model],
    );
    return rows.map((row) => ({
      alias: String(row['name']),
      previous: row['previous'] as number | null,
      version: row['number'] as number | null,
      at: String(row['at']),
    }));
  }

  /** Fails when rows or packages are away. */
  async reach(): Promise<void> {
    await this.#rows.dataVersion();
    // Before the first import there is no folder of packages.
    if ((await this.models()).length > 0) await this.#blobs.reach?.();
  }

  /** Calls back after this or another process changed something, at the latest after `everyMs`. Returns how to stop. */
  watch(listener: () => void, everyMs = 500): () => void {
    const stop = watchRows(this.#rows, listener, everyMs);
    this.#listeners.add(listener);
    return () => {
      stop();
      this.#listeners.delete(listener);
    };
  }

  close(): Promise<void> {
    return this.#rows.close();
  }

  /** Tells whoever watches; also for changes that others of this room make. */
  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  async #find(reference: Reference): Promise<ModelVersion | undefined> {
    const { model } = reference;
    switch (reference.kind) {
      case 'newest':
        return (await this.#versions('WHERE m.name = ? ORDER BY v.number DESC LIMIT 1', [model]))[0];
      case 'version':
        return (await this.#versions('WHERE m.name = ? AND v.number = ?', [model, reference.version]))[0];
      case 'alias':
        return (
          await this.#versions(
            'WHERE m.name = ? AND v.number = (SELECT number FROM aliases WHERE model_id = m.id AND name = ?)',
            [model, reference.alias],
          )
        )[0];
      case 'digest': {
        const from = `sha256:${reference.prefix}`;
        const found = await this.#versions('WHERE m.name = ? AND v.digest >= ? AND v.digest < ?', [
          model,
          from,
          `${from}g`,
        ]);
        if (new Set(found.map(({ digest }) => digest)).size > 1)
          throw fail('CONFLICT', { problem: `${describe(reference)} is the beginning of ${found.length} digests.` });
        return found.at(-1);
      }
    }
  }

  async #versions(where: string, values: readonly (string | number)[]): Promise<ModelVersion[]> {
    return (await this.#rows.read(`${selectVersions} ${where}`, values)).map(toVersion);
  }

  async #knows(model: string): Promise<boolean> {
    return (await this.#rows.read('SELECT 1 FROM models WHERE name = ?', [model])).length > 0;
  }
}

function toVersion(row: Row): ModelVersion {
  return {
    model: String(row['model']),
    version: Number(row['version']),
    digest: String(row['digest']),
    createdAt: String(row['created_at']),
    newest: row['newer'] === 0,
    aliases: row['aliases'] === null ? [] : String(row['aliases']).split(',').toSorted(),
    size: Number(row['size']),
    source: JSON.parse(String(row['source'])) as Facts,
    summary: JSON.parse(String(row['summary'])) as Facts,
  };
}
