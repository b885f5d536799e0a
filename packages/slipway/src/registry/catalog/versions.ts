import { fail } from '@slipway/core/errors';
import { auditStatement, type Actor } from '../../access/index.ts';
import type { RowStore } from '../../stores/index.ts';
import { eventStatement } from '../events.ts';
import { nextNumber } from '../queries.ts';
import { readVersions, versionColumns, type ModelRecord, type VersionRecord } from './records.ts';

export interface NewVersionRecord {
  /** As the client wrote it, and where its files lie. */
  readonly origin: string;
  readonly artifacts: string;
  readonly runId: string | null;
  readonly runLink: string | null;
  readonly loggedModelId: string | null;
  readonly description: string | null;
  readonly tags: ReadonlyMap<string, string>;
  /** `pending`: somebody imports its files. */
  readonly state: 'pending' | 'ready';
}

/** Versions as people describe them. */
export class VersionCatalog {
  readonly #rows: RowStore;
  readonly #now: () => Date;

  constructor(rows: RowStore, now: () => Date) {
    this.#rows = rows;
    this.#now = now;
  }

  /** Undefined when there is none, or when it was deleted. */
  async find(modelId: number, version: number): Promise<VersionRecord | undefined> {
    return (await this.#read('v.model_id = ? AND v.number = ?', [modelId, version]))[0];
  }

  /** All of a model, the newest first. */
  list(modelId: number): Promise<VersionRecord[]> {
    return this.#read('v.model_id = ?', [modelId]);
  }

  /** Versions that came from a run. */
  ofRun(runId: string): Promise<VersionRecord[]> {
    return this.#read('v.run_id = ?', [runId]);
  }

  /** MODEL_NOT_FOUND when there is none. */
  async get(model: ModelRecord, version: number): Promise<VersionRecord> {
    const found = await this.find(model.id, version);
    if (!found) throw fail('MODEL_NOT_FOUND', { ref: `${model.name}:${version}` });
    return found;
  }

  /** The next version, without a package yet. */
  async create(model: ModelRecord, given: NewVersionRecord, actor: Actor): Promise<VersionRecord> {
    const at = this.#now().toISOString();
    const { origin, artifacts, runId, runLink, loggedModelId, description, state } = given;
    const newest = '(SELECT max(number) FROM versions WHERE model_id = ?)';
    const [made] = await this.#rows.write([
      {
        sql: `INSERT INTO versions (model_id, number, created_at, updated_at, source, summary, description, state, origin,
            artifacts, run_id, run_link, logged_model_id)
          SELECT m.id, ${nextNumber}, ?, ?, ?, '{}', ?, ?, ?, ?, ?, ?, ? FROM models m WHERE m.id = ? RETURNING number`,
        values: [
          at,
          at,
          JSON.stringify({ uri: origin, ...(runId ? { run_id: runId } : {}) }),
          description,
          state,
          origin,
          artifacts,
          runId,
          runLink,
          loggedModelId,
          model.id,
        ],
      },
      ...[...given.tags].map(([key, value]) => ({
        sql: `INSERT INTO version_tags (model_id, number, key, value) VALUES (?, ${newest}, ?, ?)`,
        values: [model.id, model.id, key, value],
      })),
      { sql: 'UPDATE models SET updated_at = ? WHERE id = ?', values: [at, model.id] },
      auditStatement(actor, 'version.create', model.name, at, { source: origin }),
      ...eventStatement('version.created', model.name, { source: origin, run_id: runId }, at, { isNewest: true }),
    ]);
    return await this.get(model, Number(made?.[0]?.['number']));
  }

  async describe(version: VersionRecord, description: string | null, actor: Actor): Promise<VersionRecord> {
    const at = this.#now().toISOString();
    const { modelId, version: number } = version;
    await this.#rows.write([
      {
        sql: 'UPDATE versions SET description = ?, updated_at = ? WHERE model_id = ? AND number = ?',
        values: [description, at, modelId, number],
      },
      auditStatement(actor, 'version.describe', nameOf(version), at),
    ]);
    return { ...version, description, updatedAt: at };
  }

  async setTag(version: VersionRecord, key: string, value: string, actor: Actor): Promise<void> {
    const at = this.#now().toISOString();
    await this.#rows.write([
      {
        sql: `INSERT INTO version_tags (model_id, number, key, value) VALUES (?, ?, ?, ?)
          ON CONFLICT (model_id, number, key) DO UPDATE SET value = excluded.value`,
        values: [version.modelId, version.version, key, value],
      },
      auditStatement(actor, 'version.tag', nameOf(version), at, { key }),
    ]);
  }

  /** Nothing happens where there is no such tag. */
  async deleteTag(version: VersionRecord, key: string, actor: Actor): Promise<void> {
    const at = this.#now().toISOString();
    await this.#rows.write([
      {
        sql: 'DELETE FROM version_tags WHERE model_id = ? AND number = ? AND key = ?',
        values: [version.modelId, version.version, key],
      },
      auditStatement(actor, 'version.untag', nameOf(version), at, { key }),
    ]);
  }

  /** Moves a version to a stage, and on request those that were there to `Archived`. */
  async setStage(version: VersionRecord, stage: string, archives: boolean, actor: Actor): Promise<VersionRecord> {
    const at = this.#now().toISOString();
    const { modelId, version: number } = version;
    await this.#rows.write([
      ...(archives
        ? [
            {
              sql: `UPDATE versions SET stage = 'Archived', updated_at = ?
                WHERE model_id = ? AND number <> ? AND stage = ? AND deleted_at IS NULL`,
              values: [at, modelId, number, stage],
            },
          ]
        : []),
      {
        sql: 'UPDATE versions SET stage = ?, updated_at = ? WHERE model_id = ? AND number = ?',
        values: [stage, at, modelId, number],
      },
      { sql: 'UPDATE models SET updated_at = ? WHERE id = ?', values: [at, modelId] },
      auditStatement(actor, 'version.stage', nameOf(version), at, { stage }),
      ...eventStatement('version.stage_changed', version.name, { version: number, stage }, at),
    ]);
    return { ...version, stage, updatedAt: at };
  }

  /**
   * Hides a version; `restore` brings it back until it is collected. `withAliases` removes those that point at it, as
   * MLflow does; without, they are a CONFLICT.
   */
  async delete(version: VersionRecord, withAliases: boolean, actor: Actor): Promise<void> {
    const { modelId, version: number, aliases } = version;
    if (aliases.length > 0 && !withAliases)
      throw fail('CONFLICT', {
        problem: `${nameOf(version)} cannot be deleted: ${aliases.map((alias) => `@${alias}`).join(', ')} means it.`,
      });
    const at = this.#now().toISOString();
    await this.#rows.write([
      {
        sql: `INSERT INTO alias_moves (model_id, name, previous, number, at)
          SELECT model_id, name, number, NULL, ? FROM aliases WHERE model_id = ? AND number = ?`,
        values: [at, modelId, number],
      },
      { sql: 'DELETE FROM aliases WHERE model_id = ? AND number = ?', values: [modelId, number] },
      {
        sql: 'UPDATE versions SET deleted_at = ?, updated_at = ? WHERE model_id = ? AND number = ?',
        values: [at, at, modelId, number],
      },
      { sql: 'UPDATE models SET updated_at = ? WHERE id = ?', values: [at, modelId] },
      auditStatement(actor, 'version.delete', nameOf(version), at, { aliases }),
      ...eventStatement('version.deleted', version.name, { version: number }, at),
    ]);
  }

  /** Brings back a version that was deleted. */
  async restore(model: ModelRecord, number: number, actor: Actor): Promise<VersionRecord> {
    const at = this.#now().toISOString();
    const [restored] = await this.#rows.write([
      {
        sql: `UPDATE versions SET deleted_at = NULL, updated_at = ?
          WHERE model_id = ? AND number = ? AND deleted_at IS NOT NULL AND state <> 'collected' RETURNING number`,
        values: [at, model.id, number],
      },
      auditStatement(actor, 'version.restore', `${model.name}:${number}`, at),
    ]);
    if (restored?.length === 0) {
      const ref = `${model.name}:${number}`;
      throw fail(
        'MODEL_NOT_FOUND',
        { ref },
        { hint: 'Only a version that was deleted, and not collected yet, comes back.' },
      );
    }
    return await this.get(model, number);
  }

  async #read(where: string, values: readonly (string | number)[]): Promise<VersionRecord[]> {
    const found = await this.#rows.read(
      `SELECT ${versionColumns} FROM versions v JOIN models m ON m.id = v.model_id
        WHERE ${where} AND v.deleted_at IS NULL AND m.deleted_at IS NULL ORDER BY v.model_id, v.number DESC`,
      values,
    );
    return await readVersions(this.#rows, found);
  }
}

function nameOf({ name, version }: VersionRecord): string {
  return `${name}:${version}`;
}
