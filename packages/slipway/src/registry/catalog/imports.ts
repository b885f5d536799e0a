import type { Package } from '@slipway/core/package';
import { auditStatement, type Actor } from '../../access/index.ts';
import type { BlobStore, RowStore, Statement } from '../../stores/index.ts';
import { eventStatement } from '../events.ts';
import { storePackage } from '../package-blobs.ts';

/** A version whose files wait to be imported. */
export interface PendingVersion {
  readonly modelId: number;
  readonly name: string;
  readonly version: number;
  /** Where its files lie. */
  readonly artifacts: string;
}

/** An import that took longer than this has died with its process. */
const CLAIM_MS = 180_000;
const importer: Actor = { name: 'automatic' };

/** Versions that clients registered by their files. Any number of processes may work on them; each version has one. */
export class ImportQueue {
  readonly #rows: RowStore;
  readonly #blobs: BlobStore;
  readonly #now: () => Date;

  constructor(rows: RowStore, blobs: BlobStore, now: () => Date) {
    this.#rows = rows;
    this.#blobs = blobs;
    this.#now = now;
  }

  /** The oldest version that waits and that nobody else works on. */
  async claim(): Promise<PendingVersion | undefined> {
    const now = this.#now();
    const waiting = await this.#rows.read(`SELECT 1 FROM versions WHERE state = 'pending' LIMIT 1`);
    if (waiting.length === 0) return undefined;
    const [claimed] = await this.#rows.write([
      {
        sql: `UPDATE versions SET claimed_until = ? WHERE (model_id, number) IN (
            SELECT v.model_id, v.number FROM versions v JOIN models m ON m.id = v.model_id
            WHERE v.state = 'pending' AND v.deleted_at IS NULL AND m.deleted_at IS NULL
              AND (v.claimed_until IS NULL OR v.claimed_until < ?) ORDER BY v.created_at LIMIT 1)
          RETURNING model_id, number, artifacts, (SELECT name FROM models WHERE id = model_id) AS name`,
        values: [new Date(now.getTime() + CLAIM_MS).toISOString(), now.toISOString()],
      },
    ]);
    const [row] = claimed ?? [];
    if (!row) return undefined;
    return {
      modelId: Number(row['model_id']),
      name: String(row['name']),
      version: Number(row['number']),
      artifacts: String(row['artifacts']),
    };
  }

  /** Gives a version its package. */
  async finish(pending: PendingVersion, pkg: Package, summary: Readonly<Record<string, unknown>>): Promise<void> {
    const { manifestSha256, size } = await storePackage(this.#blobs, pkg);
    const at = this.#now().toISOString();
    const insert: Statement = {
      sql: `INSERT INTO packages (digest, manifest_sha256, size, created_at) VALUES (?, ?, ?, ?)
        ON CONFLICT (digest) DO NOTHING`,
      values: [pkg.digest, manifestSha256, size, at],
    };
    await this.#rows.write([insert, ...this.#finished(pending, pkg.digest, JSON.stringify(summary), at)]);
  }

  /** Gives a version a package that is here already; false when it is not. */
  async link(pending: PendingVersion, digest: string): Promise<boolean> {
    const [row] = await this.#rows.read(
      `SELECT v.summary FROM packages p LEFT JOIN versions v ON v.digest = p.digest WHERE p.digest = ? LIMIT 1`,
      [digest],
    );
    if (!row) return false;
    const at = this.#now().toISOString();
    await this.#rows.write(this.#finished(pending, digest, String(row['summary'] ?? '{}'), at));
    return true;
  }

  /** Notes why a version gets no package. */
  async refuse(pending: PendingVersion, problem: string): Promise<void> {
    const at = this.#now().toISOString();
    const { modelId, name, version } = pending;
    await this.#rows.write([
      {
        sql: `UPDATE versions SET state = 'refused', problem = ?, claimed_until = NULL
          WHERE model_id = ? AND number = ? AND state = 'pending'`,
        values: [problem, modelId, version],
      },
      auditStatement(importer, 'version.refuse', `${name}:${version}`, at, { problem }),
      ...eventStatement('version.refused', name, { version, problem }, at),
    ]);
  }

  #finished({ modelId, name, version }: PendingVersion, digest: string, summary: string, at: string): Statement[] {
    return [
      {
        sql: `UPDATE versions SET digest = ?, summary = ?, state = 'ready', claimed_until = NULL
          WHERE model_id = ? AND number = ? AND state = 'pending'`,
        values: [digest, summary, modelId, version],
      },
      auditStatement(importer, 'version.import', `${name}:${version}`, at, { digest }),
      ...eventStatement('version.imported', name, { version, digest }, at),
    ];
  }
}
