import { dirname } from 'node:path';
import { fail } from '@slipway/core/errors';
import type { JobSpec } from '../../jobs/index.ts';
import { isWithin } from '../../stores/index.ts';

type Kind = 'string' | 'strings' | 'boolean' | 'count' | readonly string[];

const fields = {
  model: 'string',
  input: 'string',
  output: 'string',
  columns: 'strings',
  where: 'string',
  format: ['csv', 'jsonl', 'parquet', 'arrow'],
  on_error: ['stop', 'reject'],
  force: 'boolean',
  retries: 'count',
} as const satisfies Readonly<Record<string, Kind>>;

/** Reads what `POST /api/v1/jobs` takes; INVALID_REQUEST names the field. Places must lie below one of the folders. */
export function readJob(document: object, roots: readonly string[]): JobSpec {
  const given: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(document)) {
    if (!Object.hasOwn(fields, name))
      throw fail('INVALID_REQUEST', {
        problem: `${JSON.stringify(name)} is no field of this request; it takes ${Object.keys(fields).join(', ')}.`,
      });
    if (value === null) continue;
    check(name, value, fields[name as keyof typeof fields]);
    given[name] = value;
  }
  for (const name of ['model', 'input', 'output'])
    if (given[name] === undefined) throw wrong(name, 'a string', undefined);
  const spec = given as unknown as JobSpec;
  if (roots.length > 0) for (const name of ['input', 'output'] as const) checkPlace(name, spec[name], roots);
  return { ...spec, within: roots };
}

function check(name: string, value: unknown, kind: Kind): void {
  if (typeof kind !== 'string') {
    if (!kind.includes(value as string)) throw wrong(name, `one of ${kind.join(', ')}`, value);
  } else if (kind === 'strings') {
    const isList =
      Array.isArray(value) && value.length <= 1000 && value.every((item) => isText(item) && !item.includes(','));
    if (!isList) throw wrong(name, 'an array of names', value);
  } else if (kind === 'count') {
    if (!(Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 100))
      throw wrong(name, 'a whole number from 0 to 100', value);
  } else if (kind === 'boolean' ? typeof value !== 'boolean' : !isText(value)) throw wrong(name, `a ${kind}`, value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= 4096 && !value.includes('\0');
}

/** The fixed part of a place is judged here; what a pattern finds is judged again when the job runs. */
function checkPlace(name: string, place: string, roots: readonly string[]): void {
  const path = place.replace(/^sqlite:(?:\/\/)?/i, '').replace(/#[^/\\]*$/, '');
  const fixed = path.split(/[*?[{]/)[0] ?? '';
  const folder = fixed === path ? path : dirname(`${fixed}x`);
  const isLocal = !/^[a-z][a-z0-9+.-]+:/i.test(path) && !path.split(/[\\/]/).includes('..');
  if (isLocal && isWithin(folder, roots)) return;
  throw fail('INVALID_REQUEST', {
    problem: `${name}: ${JSON.stringify(place.slice(0, 200))} is not below a folder that batch jobs may use (--batch-root).`,
  });
}

function wrong(name: string, expected: string, value: unknown) {
  const came = value === undefined ? 'nothing' : (JSON.stringify(value) ?? typeof value).slice(0, 80);
  return fail('INVALID_REQUEST', { problem: `${name}: expected ${expected}, received ${came}.` });
}
