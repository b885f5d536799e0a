import type { Cell, Statement } from '../stores/index.ts';

/** A version that has a package and was not deleted, with the name of its model and the aliases that point at it. */
export const selectVersions = `
  SELECT m.name AS model, v.number AS version, v.digest, v.created_at, v.source, v.summary, p.manifest_sha256, p.size,
    (SELECT count(*) FROM versions w WHERE w.model_id = v.model_id AND w.number > v.number AND w.digest IS NOT NULL
      AND w.deleted_at IS NULL) AS newer,
    (SELECT group_concat(a.name) FROM aliases a WHERE a.model_id = v.model_id AND a.number = v.number) AS aliases
  FROM versions v JOIN models m ON m.id = v.model_id AND m.deleted_at IS NULL AND v.deleted_at IS NULL
    JOIN packages p ON p.digest = v.digest`;

/** The number of the newest version that can be served, of the model in `v`. */
export const newestNumber = `(SELECT max(w.number) FROM versions w WHERE w.model_id = v.model_id AND w.digest IS NOT NULL
  AND w.deleted_at IS NULL)`;

export interface NewVersion {
  readonly model: string;
  readonly digest: string;
  readonly manifestSha256: string;
  readonly size: number;
  /** JSON text. */
  readonly source: string;
  readonly summary: string;
  readonly at: string;
}

/** The next version of a model that may be new; nothing where the model already has this package. */
export function insertVersion(version: NewVersion): Statement[] {
  const { model, digest, manifestSha256, size, source, summary, at } = version;
  return [
    insertModel(model, model, at),
    {
      sql: `INSERT INTO packages (digest, manifest_sha256, size, created_at) VALUES (?, ?, ?, ?)
        ON CONFLICT (digest) DO NOTHING`,
      values: [digest, manifestSha256, size, at],
    },
    {
      sql: `INSERT INTO versions (model_id, number, digest, created_at, updated_at, source, summary)
        SELECT m.id, ${nextNumber}, ?, ?, ?, ?, ?
        FROM models m WHERE m.name = ? AND NOT EXISTS
          (SELECT 1 FROM versions WHERE model_id = m.id AND digest = ? AND deleted_at IS NULL)
        RETURNING number`,
      values: [digest, at, at, source, summary, model, digest],
    },
  ];
}

/** The number of a new version of the model in `m`: numbers of deleted versions are never used again. */
export const nextNumber = '(SELECT coalesce(max(number), 0) + 1 FROM versions WHERE model_id = m.id)';

/** A model unless there is one of this name; `title` is what MLflow's clients call it. */
function insertModel(name: string, title: string, at: string): Statement {
  return {
    sql: `INSERT INTO models (name, title, created_at, updated_at) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO NOTHING`,
    values: [name, title, at, at],
  };
}

/** Points an alias at the version with this number, or the newest with this digest, and notes the move; nothing where it points there already. */
export function moveAlias(
  model: string,
  alias: string,
  by: 'number' | 'digest',
  version: Cell,
  at: string,
): Statement[] {
  const isMeant = `v.number = (SELECT max(w.number) FROM versions w
    WHERE w.model_id = m.id AND w.${by} = ? AND w.deleted_at IS NULL)`;
  return [
    {
      sql: `INSERT INTO alias_moves (model_id, name, previous, number, at)
        SELECT m.id, ?, a.number, v.number, ?
        FROM models m JOIN versions v ON v.model_id = m.id LEFT JOIN aliases a ON a.model_id = m.id AND a.name = ?
        WHERE m.name = ? AND ${isMeant} AND (a.number IS NULL OR a.number <> v.number)`,
      values: [alias, at, alias, model, version],
    },
    {
      sql: `INSERT INTO aliases (model_id, name, number, updated_at)
        SELECT m.id, ?, v.number, ? FROM models m JOIN versions v ON v.model_id = m.id WHERE m.name = ? AND ${isMeant}
        ON CONFLICT (model_id, name) DO UPDATE SET number = excluded.number, updated_at = excluded.updated_at`,
      values: [alias, at, model, version],
    },
  ];
}

/** Removes an alias and notes it. The last statement's rows tell whether there was one. */
export function removeAlias(model: string, alias: string, at: string): Statement[] {
  return [
    {
      sql: `INSERT INTO alias_moves (model_id, name, previous, number, at)
        SELECT a.model_id, a.name, a.number, NULL, ? FROM aliases a JOIN models m ON m.id = a.model_id
        WHERE m.name = ? AND a.name = ?`,
      values: [at, model, alias],
    },
    {
      sql: 'DELETE FROM aliases WHERE name = ? AND model_id = (SELECT id FROM models WHERE name = ?) RETURNING number',
      values: [alias, model],
    },
  ];
}
