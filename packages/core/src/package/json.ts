const encoder = new TextEncoder();

/** JSON with what JSON lacks: NaN and infinities become the strings `"NaN"`, `"Infinity"`, `"-Infinity"`, bigints decimal strings. */
export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, plain, indent);
}

export function jsonBytes(value: unknown, indent = 1): Uint8Array {
  return encoder.encode(`${toJson(value, indent)}\n`);
}

export function textBytes(text: string): Uint8Array {
  return encoder.encode(text);
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (value instanceof Map) return Object.fromEntries(value);
  return value;
}
