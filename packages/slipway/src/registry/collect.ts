import { auditStatement, type Actor } from '../access/index.ts';
import type { BlobStore, Cell, RowStore } from '../stores/index.ts';
import { blobsOf } from './package-blobs.ts';

export interface CollectOptions {
  readonly rows: RowStore;
  readonly blobs: BlobStore;
  readonly now: Date;
  /** What was deleted stays this long. */
  readonly retentionMs: number;
  /** Blobs younger than this may belong to an import that is under way. */
  readonly graceMs?: number | undefined;
  /** Only tells what would go. */
  readonly isDry: boolean;
  readonly actor: Actor;
}

/** What went, or would go. */
export interface Collected {
  readonly models: readonly string[];
  /** `churn:3` */
  readonly versions: readonly string[];
  readonly packages: number;
  readonly blobs: number;
}

const GRACE_MS = 3_600_000;
/** Versions that were deleted long enough ago, alone or with their model. */
const isGone = '(v.deleted_at < ? OR m.deleted_at < ?)';

/**
 * Removes for good what was deleted and whose time is over, then packages that no version has, then blobs that no package has.
 * References are counted anew each time, and nothing goes that anything refers to. Safe beside running servers and imports.
 */
export async function collectGarbage(options: CollectOptions): Promise<Collected> {
  const { rows, blobs, now, retentionMs, graceMs = GRACE_MS, isDry, actor } = options;
  const cutoff = new Date(now.getTime() - retentionMs).toISOString();
  const due: readonly Cell[] = [cutoff, cutoff];
  const models = await rows.read('SELECT id, name FROM models WHERE deleted_at < ? ORDER BY id', [cutoff]);
  const versions = await rows.read(
    `SELECT m.name, v.number FROM versions v JOIN models m ON m.id = v.model_id
      WHERE ${isGone} AND v.state <> 'collected' ORDER BY m.name, v.number`,
    due,
  );
  const orphans = `SELECT digest FROM packages p WHERE NOT EXISTS (
    SELECT 1 FROM versions v JOIN models m ON m.id = v.model_id WHERE v.digest = p.digest
      AND NOT coalesce(${isGone}, 0))`;
  const packages = await rows.read(orphans, due);
  if (!isDry && models.length + versions.length + packages.length > 0) {
    const gone = 'SELECT id FROM models WHERE deleted_at < ?';
    const detail = { versions: versions.length, packages: packages.length };
    await rows.write([
      { sql: `DELETE FROM signatures WHERE digest IN (${orphans})`, values: due },
      // The number of a version that went is never used again: its row stays, empty.
      {
        sql: `UPDATE versions SET digest = NULL, state = 'collected', source = '{}', summary = '{}', description = NULL,
            problem = NULL, origin = NULL, artifacts = NULL, run_id = NULL, run_link = NULL, logged_model_id = NULL
          WHERE deleted_at < ? AND state <> 'collected'`,
        values: [cutoff],
      },
      {
        sql: `DELETE FROM version_tags WHERE EXISTS (SELECT 1 FROM versions v WHERE v.model_id = version_tags.model_id
          AND v.number = version_tags.number AND v.state = 'collected')`,
      },
      ...['aliases', 'alias_moves', 'version_tags', 'versions', 'model_tags'].map((table) => ({
        sql: `DELETE FROM ${table} WHERE model_id IN (${gone})`,
        values: [cutoff],
      })),
      { sql: 'DELETE FROM models WHERE deleted_at < ?', values: [cutoff] },
      { sql: 'DELETE FROM packages WHERE NOT EXISTS (SELECT 1 FROM versions v WHERE v.digest = packages.digest)' },
      auditStatement(actor, 'registry.collect', 'registry', now.toISOString(), detail),
    ]);
  }
  return {
    models: models.map((row) => shown(row['name'])),
    versions: versions.map((row) => `${shown(row['name'])}:${Number(row['number'])}`),
    packages: packages.length,
    blobs: await collectBlobs(rows, blobs, new Set(packages.map((row) => String(row['digest']))), {
      before: new Date(now.getTime() - graceMs),
      isDry,
    }),
  };
}

/** Blobs that no package has. A package that cannot be read stops it: then nobody knows what is referred to. */
async function collectBlobs(
  rows: RowStore,
  blobs: BlobStore,
  goneAlready: ReadonlySet<string>,
  { before, isDry }: { readonly before: Date; readonly isDry: boolean },
): Promise<number> {
  const young: string[] = [];
  const old: string[] = [];
  // What is there is listed before it is asked who refers to it: what comes later is nobody's garbage.
  for await (const { sha256, modifiedAt } of blobs.list()) (modifiedAt < before ? old : young).push(sha256);
  const referenced = new Set<string>();
  for (const row of await rows.read('SELECT digest, manifest_sha256 FROM packages')) {
    if (goneAlready.has(String(row['digest']))) continue;
    for (const sha256 of await blobsOf(blobs, String(row['manifest_sha256']))) referenced.add(sha256);
  }
  const unused = old.filter((sha256) => !referenced.has(sha256));
  if (!isDry) for (const sha256 of unused) await blobs.delete(sha256, before);
  return unused.length;
}

/** `~7~churn` → `churn` */
function shown(name: Cell | undefined): string {
  return String(name).replace(/^~\d+~/, '');
}
