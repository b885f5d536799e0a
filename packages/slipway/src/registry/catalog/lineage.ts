import type { RowStore } from '../../stores/index.ts';
import type { VersionRecord } from './records.ts';

/** Where a version comes from, and what else came from there. */
export interface Lineage {
  readonly package: string | null;
  readonly version: string;
  /** What the client gave, or the file that was imported. */
  readonly source: unknown;
  readonly logged_model: string | null;
  readonly run: string | null;
  readonly run_link: string | null;
  /** Other versions with the same package, and of the same run. */
  readonly same_package: readonly string[];
  readonly same_run: readonly string[];
}

/** package ← version ← logged model ← run */
export async function lineageOf(rows: RowStore, version: VersionRecord): Promise<Lineage> {
  const own = `${version.name}:${version.version}`;
  const others = async (column: 'digest' | 'run_id', value: string | null): Promise<string[]> => {
    if (value === null || value === '') return [];
    const found = await rows.read(
      `SELECT m.name, v.number FROM versions v JOIN models m ON m.id = v.model_id
        WHERE v.${column} = ? AND v.deleted_at IS NULL AND m.deleted_at IS NULL ORDER BY m.name, v.number LIMIT 100`,
      [value],
    );
    return found.map((row) => `${String(row['name'])}:${Number(row['number'])}`).filter((label) => label !== own);
  };
  const [row] = await rows.read('SELECT source FROM versions WHERE model_id = ? AND number = ?', [
    version.modelId,
    version.version,
  ]);
  return {
    package: version.digest,
    version: own,
    source: JSON.parse(String(row?.['source'] ?? '{}')) as unknown,
    logged_model: version.loggedModelId,
    run: version.runId === '' ? null : version.runId,
    run_link: version.runLink === '' ? null : version.runLink,
    same_package: await others('digest', version.digest),
    same_run: await others('run_id', version.runId),
  };
}
