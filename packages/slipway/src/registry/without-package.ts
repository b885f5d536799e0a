import type { RowStore } from '../stores/index.ts';
import type { Reference } from './reference.ts';

/** Why the version that is meant cannot be served, though it is there; undefined where there is no such version. */
export async function whyWithoutPackage(rows: RowStore, reference: Reference): Promise<string | undefined> {
  const [where, value] = conditionOf(reference);
  const [row] = await rows.read(
    `SELECT v.number, v.state, v.problem FROM versions v JOIN models m ON m.id = v.model_id
      WHERE m.name = ? AND m.deleted_at IS NULL AND v.deleted_at IS NULL AND v.digest IS NULL AND ${where}
      ORDER BY v.number DESC LIMIT 1`,
    [reference.model, ...value],
  );
  if (!row) return undefined;
  const name = `version ${Number(row['number'])}`;
  if (row['state'] === 'refused') return `${name} could not be converted: ${String(row['problem'] ?? '')}`;
  return row['state'] === 'ready' ? `${name} has no model files that could be imported` : `${name} is being imported`;
}

function conditionOf(reference: Reference): [where: string, values: (string | number)[]] {
  switch (reference.kind) {
    case 'newest':
      return ['1 = 1', []];
    case 'version':
      return ['v.number = ?', [reference.version]];
    case 'alias':
      return ['v.number = (SELECT number FROM aliases WHERE model_id = m.id AND name = ?)', [reference.alias]];
    case 'digest':
      return ['1 = 0', []];
  }
}
