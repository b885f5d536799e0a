import { invalid } from './refuse.ts';

/** Where a page ends: the values that it is ordered by, of its last row. Rows that are written meanwhile move nothing. */
export type Position = readonly (string | number | null)[];

export function pageToken(position: Position): string {
  return Buffer.from(JSON.stringify({ after: position })).toString('base64');
}

/** Reads a token that has as many values as the search has orders; undefined for none. */
export function parsePageToken(token: string | undefined, width: number): Position | undefined {
  if (!token) return undefined;
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(token)) throw invalid('Invalid page token, could not base64-decode');
  const decoded = Buffer.from(token, 'base64').toString('utf8');
  let parsed: unknown;
  try {
    parsed = JSON.parse(decoded);
  } catch {
    throw invalid(`Invalid page token, decoded value=b'${decoded.slice(0, 200)}'`);
  }
  const after: unknown = typeof parsed === 'object' && parsed !== null && 'after' in parsed ? parsed.after : undefined;
  if (!Array.isArray(after) || after.length !== width || !after.every(isCell))
    throw invalid(`Invalid page token, parsed value=${decoded.slice(0, 200)}`);
  return after;
}

function isCell(value: unknown): value is string | number | null {
  return value === null || typeof value === 'string' || typeof value === 'number';
}
