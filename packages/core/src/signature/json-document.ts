import { fail } from '../errors/index.ts';

type SourceReviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

const keepIntegers: SourceReviver = (_key, value, { source }) =>
  typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/.test(source)
    ? BigInt(source)
    : value;

/**
 * Parses a JSON document; what is wrong is INVALID_JSON.
 * With `exact`, integers beyond 2^53 become bigints instead of being rounded, which is several times slower.
 */
export function parseJson(text: string, exact = false): unknown {
  const json = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  try {
    return exact ? JSON.parse(json, keepIntegers as (key: string, value: unknown) => unknown) : JSON.parse(json);
  } catch (cause) {
    throw invalidJson(json, cause);
  }
}

function invalidJson(text: string, cause: unknown) {
  if (text.trim() === '') return fail('INVALID_JSON', { problem: 'it is empty.' }, { cause });
  const problem = cause instanceof Error ? cause.message : String(cause);
  const hint = /[[:,\s](NaN|-?Infinity)\b/.test(text)
    ? 'JSON has no NaN and no Infinity: write null for a missing value.'
    : undefined;
  return fail('INVALID_JSON', { problem }, { cause, ...(hint ? { hint } : {}) });
}
