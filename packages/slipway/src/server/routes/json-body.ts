import { fail } from '@slipway/core/errors';
import type { Call } from '@slipway/core/protocols';
import { numberOf, objectOf, textOf, textsOf } from './fields.ts';

/** What a field of a management request must be. */
type Kind = 'string' | 'number' | 'strings';
type ValueOf<K> = K extends 'string' ? string : K extends 'number' ? number : readonly string[];

/** Reads the JSON object of a management request: known fields of the right type, or INVALID_REQUEST that names the field. */
export function readFields<F extends Readonly<Record<string, Kind>>>(
  call: Call,
  fields: F,
): { readonly [N in keyof F]?: ValueOf<F[N]> } {
  const document = objectOf(readDocument(call), 'the body', Object.keys(fields));
  const given = Object.entries(document).filter(([, value]) => value !== null);
  const read = given.map(([name, value]) => [name, readers[fields[name] as Kind](value, name)] as const);
  return Object.fromEntries(read) as { readonly [N in keyof F]?: ValueOf<F[N]> };
}

const readers = { string: textOf, number: numberOf, strings: textsOf } as const;

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
