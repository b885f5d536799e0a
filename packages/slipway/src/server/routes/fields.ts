import { fail } from '@slipway/core/errors';

/** The value as an object that has none but these fields; INVALID_REQUEST names what is wrong, here and below. */
export function objectOf(value: unknown, path: string, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongField(path, 'an object', value);
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown === undefined) return value as Record<string, unknown>;
  const takes = known.length > 0 ? known.join(', ') : 'none';
  throw fail('INVALID_REQUEST', { problem: `${path}: ${JSON.stringify(unknown)} is no field; it takes ${takes}.` });
}

export function listOf(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrongField(path, 'an array', value);
  return value;
}

export function textOf(value: unknown, path: string): string {
  if (typeof value !== 'string') throw wrongField(path, 'a string', value);
  return value;
}

export function numberOf(value: unknown, path: string): number {
  if (typeof value !== 'number') throw wrongField(path, 'a number', value);
  return value;
}

export function textsOf(value: unknown, path: string): readonly string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw wrongField(path, 'an array of strings', value);
}

/** What was expected and what came. */
export function wrongField(path: string, expected: string, value: unknown) {
  const came = value === undefined ? 'nothing' : (JSON.stringify(value) ?? typeof value).slice(0, 80);
  return fail('INVALID_REQUEST', { problem: `${path}: expected ${expected}, received ${came}.` });
}
