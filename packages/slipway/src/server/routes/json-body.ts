import { fail } from '@slipway/core/errors';
import type { Call } from '@slipway/core/protocols';

/** What a field of a management request must be. */
type Kind = 'string' | 'number' | 'strings';
type ValueOf<K> = K extends 'string' ? string : K extends 'number' ? number : readonly string[];

/** Reads the JSON object of a management request: known fields of the right type, or INVALID_REQUEST that names the field. */
export function readFields<F extends Readonly<Record<string, Kind>>>(
  call: Call,
  fields: F,
): { readonly [N in keyof F]?: ValueOf<F[N]> } {
  const document = readDocument(call);
  const known = Object.keys(fields);
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(document)) {
    if (!Object.hasOwn(fields, name))
      throw fail('INVALID_REQUEST', {
        problem: `${JSON.stringify(name)} is no field of this request; it takes ${known.join(', ')}.`,
      });
    if (value === null) continue;
    if (!isKind(value, fields[name] as Kind)) {
      const expected = { string: 'a string', number: 'a number', strings: 'an array of strings' }[fields[name] as Kind];
      throw fail('INVALID_REQUEST', {
        problem: `${name}: expected ${expected}, received ${JSON.stringify(value).slice(0, 80)}.`,
      });
    }
    result[name] = value;
  }
  return result as { readonly [N in keyof F]?: ValueOf<F[N]> };
}

/** The JSON object of a request; an empty body is an empty one. */
export function readDocument(call: Call): object {
  const type = call.header('content-type');
  if (type !== undefined && !/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(type))
    throw fail('UNSUPPORTED_MEDIA_TYPE', { received: type, expected: 'application/json' });
  const text = call.text();
  if (text.trim() === '') return {};
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw fail('INVALID_JSON', { problem: (cause as Error).message }, { cause, hint: 'Send a JSON object.' });
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw fail('INVALID_REQUEST', { problem: 'The body: expected a JSON object.' });
  return document;
}

function isKind(value: unknown, kind: Kind): boolean {
  return kind === 'strings'
    ? Array.isArray(value) && value.every((item) => typeof item === 'string')
    : typeof value === kind;
}
