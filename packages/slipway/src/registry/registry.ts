import { fail } from '@slipway/core/errors';
import { layout, openManifest, readPackage, type Package } from '@slipway/core/package';
import { auditStatement, localActor, type Actor } from '../access/index.ts';
import { sha256Hex, watchRows, type BlobStore, type Row, type RowStore } from '../stores/index.ts';
import { insertVersion, moveAlias, removeAlias, selectVersions } from './queries.ts';
import { checkAlias, checkModelName, type Reference } from './reference.ts';

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
    let size = 0;
    let manifestSha256 = '';
    for (const [path, bytes] of pkg.files) {
      const digest = await this.#blobs.put(bytes);
      if (path === layout.manifest) manifestSha256 = digest;
      size += bytes.byteLength;
    }
    const at = this.#now().toISOString();
    const { digest } = pkg;
    const [source, summary] = [JSON.stringify(facts.source), JSON.stringify(facts.summary)];
    const inserted = await this.#rows.write([
      ...insertVersion({ model, digest, manifestSha256, size, source, summary, at }),
      ...(facts.alias === undefined ? [] : moveAlias(model, facts.alias, 'digest', digest, at)),
      auditStatement(actor, 'version.register', model, at, { digest, alias: facts.alias }),
    ]);
    this.#changed();
    const [version] = await this.#versions('WHERE m.name = ? AND v.digest = ?', [model, digest]);
    return { version: version as ModelVersion, existed: inserted[2]?.length === 0 };
  }

  /** The version that is meant; MODEL_NOT_FOUND or ALIAS_NOT_FOUND where there is none. */
  async resolve(reference: Reference): Promise<ModelVersion> {
    const found = await this.#find(reference);
    if (found) return found;
    const { model } = reference;
    if (reference.kind === 'alias' && (await this.#knows(model))) {
      throw fail('ALIAS_NOT_FOUND', { model, alias: reference.alias });
    }
    throw fail('MODEL_NOT_FOUND', { ref: describe(reference) });
  }

  /** The package of a version, every byte verified. */
  async load(version: ModelVersion): Promise<Package> {
    const [row] = await this.#rows.read('SELECT manifest_sha256 FROM packages WHERE digest = ?', [version.digest]);
    const verified = new Map<Uint8Array, string>();
    const get = async (sha256: string, path: string): Promise<Uint8Array> => {
      const bytes = await this.#blobs.get(sha256);
      if (!bytes) throw fail('PACKAGE_CORRUPT', { path, problem: 'the file is missing from the home folder' });
      verified.set(bytes, sha256);
      return bytes;
    };
    const sealed = await get(String(row?.['manifest_sha256']), layout.manifest);
    const files = new Map([[layout.manifest as string, sealed]]);
    for (const { path, sha256 } of openManifest(sealed, sha256Hex).manifest.files)
      files.set(path, await get(sha256, path));
    return readPackage(files, (bytes) => verified.get(bytes) ?? sha256Hex(bytes));
  }

  /** The newest version of every model, by name. */
  models(): Promise<ModelVersion[]> {
    return this.#versions(
      'WHERE v.number = (SELECT max(number) FROM versions WHERE model_id = v.model_id) ORDER BY m.name',
      [],
    );
  }

  /** All versions of a model, the newest first. */
  async versions(model: string): Promise<ModelVersion[]> {
    const found = await this.#versions('WHERE m.name = ? ORDER BY v.number DESC', [model]);
    if (found.length === 0) throw fail('MODEL_NOT_FOUND', { ref: model });
    return found;
  }

  /** Points an alias at a version. */
  async setAlias(model: string, alias: string, version: number, actor: Actor = localActor): Promise<ModelVersion> {
    checkAlias(alias);
    const target = await this.resolve({ model, kind: 'version', version });
    const at = this.#now().toISOString();
    await this.#rows.write([
      ...moveAlias(model, alias, 'number', version, at),
      auditStatement(actor, 'alias.set', `${model}@${alias}`, at, { version }),
    ]);
    this.#changed();
    return { ...target, aliases: [...new Set([...target.aliases, alias])] };
  }

  async deleteAlias(model: string, alias: string, actor: Actor = localActor): Promise<void> {
    await this.resolve({ model, kind: 'alias', alias });
    const at = this.#now().toISOString();
    await this.#rows.write([
      ...removeAlias(model, alias, at),
      auditStatement(actor, 'alias.delete', `${model}@${alias}`, at),
    ]);
    this.#changed();
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

  #changed(): void {
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
        if (found.length > 1)
          throw fail('CONFLICT', { problem: `${describe(reference)} is the beginning of ${found.length} digests.` });
        return found[0];
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

/** The reference as a user writes it. */
export function describe(reference: Reference): string {
  switch (reference.kind) {
    case 'newest':
      return reference.model;
    case 'version':
      return `${reference.model}:${reference.version}`;
    case 'alias':
      return `${reference.model}@${reference.alias}`;
    case 'digest':
      return `${reference.model}@sha256:${reference.prefix}`;
  }
}
