import { fail } from '@slipway/core/errors';
import { auditStatement, type Actor } from '../access/index.ts';
import type { Row, RowStore } from '../stores/index.ts';
import { checkSpec, type Endpoint, type EndpointSpec } from './endpoint.ts';

/** A state that an endpoint had. */
export interface EndpointRevision extends EndpointSpec {
  readonly revision: number;
  readonly at: string;
  readonly actor: string;
  readonly why: string;
}

/** Endpoints in the database of a home folder. Each change is a revision, so that it can be taken back. */
export class EndpointStore {
  readonly #rows: RowStore;
  readonly #now: () => Date;

  constructor(rows: RowStore, now: () => Date = () => new Date()) {
    this.#rows = rows;
    this.#now = now;
  }

  /** By name. */
  async list(): Promise<Endpoint[]> {
    return (await this.#rows.read('SELECT * FROM endpoints ORDER BY name')).map(toEndpoint);
  }

  /** ENDPOINT_NOT_FOUND where there is none. */
  async get(name: string): Promise<Endpoint> {
    const [row] = await this.#rows.read('SELECT * FROM endpoints WHERE name = ?', [name]);
    if (!row) throw fail('ENDPOINT_NOT_FOUND', { name });
    return toEndpoint(row);
  }

  /** Makes or replaces an endpoint. CONFLICT when a model has the name, or when somebody changed `revision` meanwhile. */
  async set(name: string, spec: EndpointSpec, why: string, actor: Actor, revision?: number): Promise<Endpoint> {
    checkSpec(name, spec);
    if ((await this.#rows.read('SELECT 1 FROM models WHERE name = ?', [name])).length > 0)
      throw fail('CONFLICT', { problem: `There is a model named "${name}"; endpoints and models share their names.` });
    const at = this.#now().toISOString();
    const text = JSON.stringify(spec);
    const results = await this.#rows.write([
      {
        sql: `INSERT INTO endpoints (name, spec, revision, updated_at) VALUES (?, ?, 1, ?)
          ON CONFLICT (name) DO UPDATE SET spec = excluded.spec, revision = revision + 1, updated_at = excluded.updated_at
          WHERE ? IS NULL OR revision = ? RETURNING revision`,
        values: [name, text, at, revision ?? null, revision ?? null],
      },
      {
        sql: `INSERT INTO endpoint_revisions (name, revision, spec, at, actor, why)
          SELECT name, revision, spec, ?, ?, ? FROM endpoints WHERE name = ? AND spec = ? AND updated_at = ?
          ON CONFLICT (name, revision) DO NOTHING`,
        values: [at, actor.name, why, name, text, at],
      },
      auditStatement(actor, 'endpoint.set', name, at, { why, ...spec }),
    ]);
    if (results[0]?.length === 0)
      throw fail('CONFLICT', {
        problem: `The endpoint "${name}" was changed meanwhile; it is not at revision ${revision} any more.`,
      });
    return await this.get(name);
  }

  /** Takes back the last change. CONFLICT when there is none. */
  async rollback(name: string, actor: Actor): Promise<Endpoint> {
    const { revision } = await this.get(name);
    const [, before] = await this.history(name);
    if (!before)
      throw fail('CONFLICT', {
        problem: `The endpoint "${name}" was never changed; there is nothing to roll back to.`,
      });
    const { targets, shadows, sticky, rollback } = before;
    return await this.set(
      name,
      { targets, shadows, sticky, rollback },
      `rollback to revision ${before.revision}`,
      actor,
      revision,
    );
  }

  /** Every state, the newest first. */
  async history(name: string): Promise<EndpointRevision[]> {
    const rows = await this.#rows.read(
      'SELECT * FROM endpoint_revisions WHERE name = ? ORDER BY revision DESC LIMIT 1000',
      [name],
    );
    return rows.map((row) => ({
      ...(JSON.parse(String(row['spec'])) as EndpointSpec),
      revision: Number(row['revision']),
      at: String(row['at']),
      actor: String(row['actor']),
      why: String(row['why']),
    }));
  }

  async delete(name: string, actor: Actor): Promise<void> {
    await this.get(name);
    const at = this.#now().toISOString();
    await this.#rows.write([
      { sql: 'DELETE FROM endpoints WHERE name = ?', values: [name] },
      { sql: 'DELETE FROM endpoint_revisions WHERE name = ?', values: [name] },
      auditStatement(actor, 'endpoint.delete', name, at),
    ]);
  }
}

function toEndpoint(row: Row): Endpoint {
  return {
    name: String(row['name']),
    ...(JSON.parse(String(row['spec'])) as EndpointSpec),
    revision: Number(row['revision']),
    updatedAt: String(row['updated_at']),
  };
}
