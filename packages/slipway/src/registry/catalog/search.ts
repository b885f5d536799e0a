import type { Cell, RowStore } from '../../stores/index.ts';

const MOST_WORDS = 10;

/**
 * Names of models in whose name, description, card or tags, or those of their versions, every word is. `key:value` means a
 * tag. Case does not matter.
 */
export async function searchNames(rows: RowStore, text: string): Promise<string[]> {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean).slice(0, MOST_WORDS);
  const values: Cell[] = [];
  const conditions = words.map((word) => {
    const [key, value] = /^([^:]+):(.+)$/.exec(word)?.slice(1) ?? [];
    if (key !== undefined && value !== undefined) {
      values.push(key, value, key, value);
      return `(EXISTS (SELECT 1 FROM model_tags t WHERE t.model_id = m.id AND lower(t.key) = ? AND lower(t.value) = ?)
        OR EXISTS (SELECT 1 FROM version_tags t JOIN versions v ON v.model_id = t.model_id AND v.number = t.number
          WHERE t.model_id = m.id AND v.deleted_at IS NULL AND lower(t.key) = ? AND lower(t.value) = ?))`;
    }
    const like = `%${word.replaceAll(/[\\%_]/g, '\\$&')}%`;
    const has = (column: string): string => {
      values.push(like);
      return `lower(${column}) LIKE ? ESCAPE '\\'`;
    };
    const own = ['m.name', 'm.title', 'm.description', 'm.card'].map(has).join(' OR ');
    const tags = `EXISTS (SELECT 1 FROM model_tags t WHERE t.model_id = m.id AND (${has('t.key')} OR ${has('t.value')}))`;
    const versions = `EXISTS (SELECT 1 FROM versions v WHERE v.model_id = m.id AND v.deleted_at IS NULL
      AND (${has("coalesce(v.description, '')")} OR ${has('v.summary')}))`;
    return `(${own} OR ${tags} OR ${versions})`;
  });
  const found = await rows.read(
    `SELECT m.name FROM models m WHERE m.deleted_at IS NULL${conditions.map((one) => ` AND ${one}`).join('')}
      ORDER BY m.name LIMIT 1000`,
    values,
  );
  return found.map((row) => String(row['name']));
}
