/** A kept value as text; empty where it is missing. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isNaN(value) ? '' : String(value);
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (value instanceof Date) return timeOf(value);
  return jsonOf(value);
}

/** `2026-01-31` at midnight, else `2026-01-31T08:00:00.000Z`. */
export function timeOf(value: Date): string {
  if (Number.isNaN(value.getTime())) return '';
  const text = value.toISOString();
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text;
}

/** A kept value as JSON: whole numbers keep all digits, times are text, bytes are base64. */
export function jsonOf(value: unknown): string {
  if (value === undefined || (typeof value === 'number' && !Number.isFinite(value))) return 'null';
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Date) return JSON.stringify(timeOf(value));
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'bigint'
      ? Number.isSafeInteger(Number(inner))
        ? Number(inner)
        : String(inner)
      : inner instanceof Uint8Array
        ? Buffer.from(inner).toString('base64')
        : inner,
  );
}
