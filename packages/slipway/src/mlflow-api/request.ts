import type { Call } from '@slipway/core/protocols';
import { parseMessage, type Field, type Message, type MessageOf } from './message.ts';
import { pythonJson, pythonType } from './python-text.ts';
import { invalid, refuse } from './refuse.ts';

/** What a field must be: a type, `required`, or a rule of its own that gives MLflow's text when it is broken. */
export type Check =
  | 'required'
  | 'string'
  | 'intlike'
  | 'floatlike'
  | 'array'
  | 'strings'
  | ((value: unknown) => string | undefined);

export type Checks = Readonly<Record<string, readonly Check[]>>;

/**
 * Reads a request as MLflow's server does: GET from the query, everything else from JSON. Fields that a route's path holds are
 * not among them. INVALID_PARAMETER_VALUE with that server's texts.
 */
export function readRequest<M extends Message>(call: Call, message: M, checks: Checks = {}): MessageOf<M> {
  const json = call.method === 'GET' && call.search ? fromQuery(call.search, message) : readJson(call);
  const { value, isWhole } = parseMessage(json, message);
  check(json, checks, isWhole);
  return value;
}

/** The JSON object of a request; an empty or broken body is an empty one, as there. */
export function readJson(call: Call): object {
  if (call.method === 'POST' || call.method === 'PUT') requireType(call, 'application/json');
  let json = parsed(call.text());
  // Old clients send their JSON as a JSON string.
  if (typeof json === 'string') json = parsed(json);
  if (json === undefined || json === null) return {};
  if (typeof json !== 'object' || Array.isArray(json)) throw refuse('BAD_REQUEST', 'The body is no JSON object.');
  return json;
}

/** Every value of a parameter in the query. */
export function queryAll(call: Call, name: string): string[] {
  return new URLSearchParams(call.search ?? '').getAll(name);
}

function requireType(call: Call, ...types: readonly string[]): void {
  const given = call.header('content-type');
  if (given === undefined) throw invalid('Bad Request. Content-Type header is missing.');
  if (!types.includes(given.split(';', 1)[0] as string))
    throw invalid(`Bad Request. Content-Type must be one of [${types.map((type) => `'${type}'`).join(', ')}].`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fromQuery(search: string, message: Message): object {
  const given = new URLSearchParams(search);
  const json: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(message)) {
    const values = given.getAll(name);
    if (values.length === 0) continue;
    json[name] = isRepeated(field) ? values : field === 'bool' ? readBoolean(values[0] as string) : values[0];
  }
  return json;
}

function isRepeated(field: Field): boolean {
  return typeof field === 'object' && 'repeated' in field;
}

function readBoolean(text: string): boolean {
  const lower = text.toLowerCase();
  if (lower !== 'true' && lower !== 'false')
    throw invalid(`Invalid boolean value: ${text}, must be 'true' or 'false'.`);
  return lower === 'true';
}

function check(json: object, checks: Checks, isWhole: boolean): void {
  const given = json as Readonly<Record<string, unknown>>;
  for (const [name, rules] of Object.entries(checks)) {
    let value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value === undefined && !rules.includes('required')) continue;
    if (name === 'run_id' && (value ?? null) === null && Object.hasOwn(given, 'run_uuid')) value = given['run_uuid'];
    for (const rule of rules) {
      const problem = problemOf(rule, name, value, isWhole);
      if (problem !== undefined)
        throw invalid(`${problem} See the API docs for more information about request parameters.`);
    }
  }
}

function problemOf(rule: Check, name: string, value: unknown, isWhole: boolean): string | undefined {
  if (typeof rule === 'function') return rule(value);
  if (rule === 'required') return (value ?? '') === '' ? `Missing value for required parameter '${name}'.` : undefined;
  if (isWhole || isKind(rule, value)) return undefined;
  return `Invalid value ${pythonJson(value ?? null)} for parameter '${name}' supplied:  Hint: Value was of type '${pythonType(value)}'.`;
}

function isKind(rule: Exclude<Check, 'required' | ((value: unknown) => string | undefined)>, value: unknown): boolean {
  switch (rule) {
    case 'string':
      return typeof value === 'string';
    case 'array':
      return Array.isArray(value);
    case 'strings':
      return Array.isArray(value) && value.every((item) => typeof item === 'string');
    case 'intlike':
      return (
        typeof value === 'number' ||
        typeof value === 'boolean' ||
        (typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value))
      );
    case 'floatlike':
      return (
        typeof value === 'number' ||
        typeof value === 'boolean' ||
        (typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value)))
      );
  }
}
