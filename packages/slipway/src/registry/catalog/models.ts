import { createHash } from 'node:crypto';
import { fail } from '@slipway/core/errors';
import { auditStatement, type Actor } from '../../access/index.ts';
import type { Cell, RowStore, Statement } from '../../stores/index.ts';
import { eventStatement } from '../events.ts';
import { checkModelName, isModelName, nameFor } from '../reference.ts';
import { modelColumns, readModels, type ModelRecord } from './records.ts';

export interface NewModel {
  readonly title: string;
  readonly description?: string | undefined;
  readonly tags?: ReadonlyMap<string, string> | undefined;
}

/** Which model: by its name in references, or by what MLflow's clients call it. */
export type ModelKey = { readonly name: string } | { readonly title: string };

/** A card longer than this is a book. */
const mostCardBytes = 1_000_000;

/** Registered models as people describe them. What they consist of, versions and packages, is elsewhere. */
export class ModelCatalog {
  readonly #rows: RowStore;
  readonly #now: () => Date;

  constructor(rows: RowStore, now: () => Date) {
    this.#rows = rows;
    this.#now = now;
  }

  /** Undefined when there is none, or when it was deleted. */
  async find(key: ModelKey): Promise<ModelRecord | undefined> {
    const [column, value] = 'name' in key ? ['name', key.name] : ['title', key.title];
    const found = await this.#rows.read(
      `SELECT ${modelColumns} FROM models m WHERE m.${column} = ? AND m.deleted_at IS NULL`,
      [value],
    );
    return (await readModels(this.#rows, found))[0];
  }

  /** MODEL_NOT_FOUND when there is none. */
  async get(name: string): Promise<ModelRecord> {
    const found = await this.find({ name });
    if (!found) throw fail('MODEL_NOT_FOUND', { ref: name });
    return found;
  }

  /** Makes a model without versions. CONFLICT when its title or name is taken. */
  async create({ title, description = '', tags }: NewModel, actor: Actor): Promise<ModelRecord> {
    const at = this.#now().toISOString();
    const name = await this.#nameOf(title);
    const [made] = await this.#rows.write([
      {
        sql: `INSERT INTO models (name, title, description, created_at, updated_at) VALUES (?, ?, ?, ?, ?)
          ON CONFLICT DO NOTHING RETURNING id`,
        values: [name, title, description, at, at],
      },
      ...[...(tags ?? [])].map(([key, value]) =>
        setTag('(SELECT id FROM models WHERE title = ?)', [title], key, value),
      ),
      auditStatement(actor, 'model.create', name, at),
      ...eventStatement('model.created', name, { title }, at),
    ]);
    if (made?.length === 0) throw fail('CONFLICT', { problem: `There is a model named "${title}" already.` });
    return await this.get(name);
  }

  /** Another title, and the name that goes with it. CONFLICT when either is taken or an endpoint leads to the model. */
  async rename(model: ModelRecord, title: string, actor: Actor): Promise<ModelRecord> {
    if (title === model.title) return model;
    await this.#refuseUsed(model.name, 'renamed');
    const name = await this.#nameOf(title);
    const at = this.#now().toISOString();
    const taken = await this.#rows.read('SELECT 1 FROM models WHERE (title = ? OR name = ?) AND id <> ?', [
      title,
      name,
      model.id,
    ]);
    if (taken.length > 0) throw fail('CONFLICT', { problem: `There is a model named "${title}" already.` });
    await this.#rows.write([
      {
        sql: 'UPDATE models SET name = ?, title = ?, updated_at = ? WHERE id = ?',
        values: [name, title, at, model.id],
      },
      { sql: 'UPDATE versions SET updated_at = ? WHERE model_id = ? AND deleted_at IS NULL', values: [at, model.id] },
      auditStatement(actor, 'model.rename', model.name, at, { to: name }),
    ]);
    return await this.get(name);
  }

  /** Changes what is given. */
  async describe(
    model: ModelRecord,
    texts: { readonly description?: string | undefined; readonly card?: string | undefined },
    actor: Actor,
  ): Promise<ModelRecord> {
    const { description = model.description, card = model.card } = texts;
    if (card.length > mostCardBytes) throw fail('TOO_LARGE', { what: 'The card', limit: '1 MB' });
    const at = this.#now().toISOString();
    await this.#rows.write([
      {
        sql: 'UPDATE models SET description = ?, card = ?, updated_at = ? WHERE id = ?',
        values: [description, card, at, model.id],
      },
      auditStatement(actor, 'model.describe', model.name, at),
    ]);
    return await this.get(model.name);
  }

  async setTag(model: ModelRecord, key: string, value: string, actor: Actor): Promise<void> {
    const at = this.#now().toISOString();
    await this.#rows.write([
      setTag('?', [model.id], key, value),
      auditStatement(actor, 'model.tag', model.name, at, { key }),
    ]);
  }

  /** Nothing happens where there is no such tag. */
  async deleteTag(model: ModelRecord, key: string, actor: Actor): Promise<void> {
    const at = this.#now().toISOString();
    await this.#rows.write([
      { sql: 'DELETE FROM model_tags WHERE model_id = ? AND key = ?', values: [model.id, key] },
      auditStatement(actor, 'model.untag', model.name, at, { key }),
    ]);
  }

  /**
   * Hides a model with its versions; `restore` brings it back until it is collected. Its name is free at once. CONFLICT
   * while an endpoint leads to it.
   */
  async delete(model: ModelRecord, actor: Actor): Promise<void> {
    await this.#refuseUsed(model.name, 'deleted');
    const at = this.#now().toISOString();
    const hidden = `~${model.id}~`;
    await this.#rows.write([
      {
        sql: 'UPDATE models SET name = ? || name, title = ? || title, deleted_at = ? WHERE id = ? AND deleted_at IS NULL',
        values: [hidden, hidden, at, model.id],
      },
      auditStatement(actor, 'model.delete', model.name, at),
      ...eventStatement('model.deleted', model.name, {}, at),
    ]);
  }

  /** Brings back the model of this name that was deleted last. CONFLICT when the name is taken again. */
  async restore(name: string, actor: Actor): Promise<ModelRecord> {
    checkModelName(name);
    const [row] = await this.#rows.read(
      `SELECT id, name FROM models WHERE deleted_at IS NOT NULL AND name = '~' || id || '~' || ?
        ORDER BY deleted_at DESC LIMIT 1`,
      [name],
    );
    if (!row) throw fail('MODEL_NOT_FOUND', { ref: name }, { hint: `No deleted model is named "${name}".` });
    if (await this.find({ name }))
      throw fail('CONFLICT', { problem: `There is a model named "${name}" again; rename or delete it first.` });
    const at = this.#now().toISOString();
    const hidden = `~${Number(row['id'])}~`.length + 1;
    await this.#rows.write([
      {
        sql: 'UPDATE models SET name = substr(name, ?), title = substr(title, ?), deleted_at = NULL WHERE id = ?',
        values: [hidden, hidden, Number(row['id'])],
      },
      auditStatement(actor, 'model.restore', name, at),
    ]);
    return await this.get(name);
  }

  /** The name of a new model: its title where that can be a name, else something like it that is free. */
  async #nameOf(title: string): Promise<string> {
    const name = isModelName(title) ? title : nameFor(title);
    const endpoint = await this.#rows.read('SELECT 1 FROM endpoints WHERE name = ?', [name]);
    if (isModelName(title) && endpoint.length > 0)
      throw fail('CONFLICT', {
        problem: `There is an endpoint named "${name}"; endpoints and models share their names.`,
      });
    if (isModelName(title) || (endpoint.length === 0 && !(await this.find({ name })))) return name;
    return `${name}-${createHash('sha256').update(title).digest('hex').slice(0, 6)}`;
  }

  async #refuseUsed(name: string, what: string): Promise<void> {
    for (const row of await this.#rows.read('SELECT name, spec FROM endpoints')) {
      const spec = JSON.parse(String(row['spec'])) as { targets: { ref: string }[]; shadows: string[] };
      const refs = [...spec.targets.map(({ ref }) => ref), ...spec.shadows];
      if (refs.some((ref) => ref.split(/[:@]/)[0] === name))
        throw fail('CONFLICT', {
          problem: `The model "${name}" cannot be ${what}: the endpoint "${String(row['name'])}" leads to it.`,
        });
    }
  }
}

function setTag(id: string, idValues: readonly Cell[], key: string, value: string): Statement {
  return {
    sql: `INSERT INTO model_tags (model_id, key, value) VALUES (${id}, ?, ?)
      ON CONFLICT (model_id, key) DO UPDATE SET value = excluded.value`,
    values: [...idValues, key, value],
  };
}
