import type { Row, RowStore } from '../stores/index.ts';

/** Points are numbered in this order; the primary key has them so. */
const ORDER = 'step, timestamp, value, is_nan';
const COLUMNS = 'key, step, timestamp, value, is_nan';

/**
 * At most `most` points of a history, evenly spread over its points, the first and the last among them: of as many buckets as
 * there are points to give, the first of each (what SQL's `ntile` deals out).
 */
export async function samplePoints(
  rows: RowStore,
  runId: string,
  key: string,
  most: number,
  start: number | undefined,
  end: number | undefined,
): Promise<readonly Row[]> {
  const where = `run_id = (SELECT id FROM runs WHERE run_uuid = ?) AND key = ?${start === undefined ? '' : ' AND step BETWEEN ? AND ?'}`;
  const values = start === undefined || end === undefined ? [runId, key] : [runId, key, start, end];
  const [counted] = await rows.read(`SELECT count(*) AS n FROM metrics WHERE ${where}`, values);
  const count = Number(counted?.['n']);
  if (count <= most) return await rows.read(`SELECT ${COLUMNS} FROM metrics WHERE ${where} ORDER BY ${ORDER}`, values);
  // The first `wide` buckets hold one point more than the others.
  const size = Math.floor(count / most);
  const wide = count % most;
  const edge = wide * (size + 1);
  const found = await rows.read(
    `SELECT ${COLUMNS} FROM (SELECT ${COLUMNS}, row_number() OVER (ORDER BY ${ORDER}) - 1 AS place FROM metrics WHERE ${where})
      WHERE (place < ? AND place % ? = 0) OR (place >= ? AND (place - ?) % ? = 0) OR place = ? ORDER BY place`,
    [...values, edge, size + 1, edge, edge, size, count - 1],
  );
  // The last point takes the place of the last bucket's first.
  return found.length > most ? [...found.slice(0, most - 1), found.at(-1) as Row] : found;
}
