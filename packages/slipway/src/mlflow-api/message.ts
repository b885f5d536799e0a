import { invalid } from './refuse.ts';

/** A field of a request, with protobuf's meaning of its type. */
export type Field =
  | 'string'
  | 'int64'
  | 'double'
  | 'bool'
  /** Any JSON value (`google.protobuf.Value`, `Struct`). */
  | 'json'
  /** Names, or their numbers counted from 0; an empty name stands for a number that is not used. */
  | { readonly names: readonly string[] }
  | { readonly message: Message }
  | { readonly repeated: Exclude<Field, { readonly repeated: unknown }> };

export interface Message {
  readonly [name: string]: Field;
}

export type ValueOf<F> = F extends 'string'
  ? string
  : F extends 'int64' | 'double'
    ? number
    : F extends 'bool'
      ? boolean
      : F extends { readonly names: readonly string[] }
        ? string
        : F extends { readonly message: infer M }
          ? MessageOf<M>
          : F extends { readonly repeated: infer R }
            ? readonly ValueOf<R>[]
            : unknown;

/** A parsed message: what was not sent is not there. */
export type MessageOf<M> = { readonly [N in keyof M]?: ValueOf<M[N]> };

/** What of a message could be parsed. MLflow's server goes on with it when its own checks find nothing wrong. */
export interface Parsed<M> {
  readonly value: MessageOf<M>;
  readonly isWhole: boolean;
}

class NotParsed extends Error {}

/** Reads JSON as protobuf does (`ParseDict`): names in either spelling, numbers in strings, unknown fields passed by. */
export function parseMessage<M extends Message>(json: object, message: M): Parsed<M> {
  refuseTwoSpellings(json, message);
  const value: Record<string, unknown> = {};
  try {
    fill(value, json, message);
    return { value: value as MessageOf<M>, isWhole: true };
  } catch (error) {
    if (!(error instanceof NotParsed)) throw error;
    return { value: value as MessageOf<M>, isWhole: false };
  }
}

function fill(target: Record<string, unknown>, json: object, message: Message): void {
  const { spelled } = knownOf(message);
  for (const [key, given] of Object.entries(json)) {
    const name = spelled.get(key);
    if (name === undefined || given === null) continue;
    target[name] = read(given, message[name] as Field);
  }
}

function read(given: unknown, field: Field): unknown {
  if (typeof field === 'object') {
    if ('repeated' in field) {
      if (!Array.isArray(given)) throw new NotParsed();
      return given.map((item: unknown) => {
        if (item === null) throw new NotParsed();
        return read(item, field.repeated);
      });
    }
    if ('names' in field) return readName(given, field.names);
    if (typeof given !== 'object' || given === null || Array.isArray(given)) throw new NotParsed();
    const value: Record<string, unknown> = {};
    fill(value, given, field.message);
    return value;
  }
  switch (field) {
    case 'string':
      if (typeof given !== 'string') throw new NotParsed();
      return given;
    case 'bool':
      if (typeof given !== 'boolean') throw new NotParsed();
      return given;
    case 'int64':
      return readInteger(given);
    case 'double':
      return readDouble(given);
    case 'json':
      return given;
  }
}

function readName(given: unknown, names: readonly string[]): string {
  const name = typeof given === 'number' || (typeof given === 'string' && /^\d+$/.test(given)) ? names[+given] : given;
  if (typeof name !== 'string' || name === '' || !names.includes(name)) throw new NotParsed();
  return name;
}

const MOST_INT64 = 2 ** 63;

function readInteger(given: unknown): number {
  const value =
    typeof given === 'number' ? given : typeof given === 'string' && /^[+-]?\d+$/.test(given) ? Number(given) : NaN;
  if (!Number.isInteger(value) || value >= MOST_INT64 || value < -MOST_INT64) throw new NotParsed();
  // -0 is no integer of protobuf's.
  if (!Number.isSafeInteger(value)) throw invalid(`The whole number ${value} is beyond 2^53.`);
  return value + 0;
}

const SPECIAL: Readonly<Record<string, number>> = { NaN: NaN, Infinity: Infinity, '-Infinity': -Infinity };

function readDouble(given: unknown): number {
  if (typeof given === 'number') return given;
  if (typeof given !== 'string') throw new NotParsed();
  if (Object.hasOwn(SPECIAL, given)) return SPECIAL[given] as number;
  if (!/^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i.test(given)) throw new NotParsed();
  const value = Number(given);
  if (!Number.isFinite(value)) throw new NotParsed();
  return value;
}

/** What is known of a message once and for all: it is asked for each of a thousand metrics. */
interface Known {
  /** `run_id` and `runId` are the same field. */
  readonly spelled: ReadonlyMap<string, string>;
  /** Fields with two spellings. */
  readonly twice: readonly (readonly [name: string, other: string])[];
  /** Fields that hold messages. */
  readonly inner: readonly (readonly [name: string, other: string, message: Message])[];
}

const known = new WeakMap<Message, Known>();

function knownOf(message: Message): Known {
  let found = known.get(message);
  if (!found) {
    const names = Object.keys(message).map((name) => [name, camel(name)] as const);
    found = {
      spelled: new Map(names.flatMap(([name, other]) => [[other, name] as const, [name, name] as const])),
      twice: names.filter(([name, other]) => name !== other),
      inner: names.flatMap(([name, other]) => {
        const field = message[name] as Field;
        const item = typeof field === 'object' && 'repeated' in field ? field.repeated : field;
        return typeof item === 'object' && 'message' in item ? [[name, other, item.message] as const] : [];
      }),
    };
    known.set(message, found);
  }
  return found;
}

function camel(name: string): string {
  return name.replaceAll(/_([a-z\d])/g, (_, letter: string) => letter.toUpperCase());
}

function refuseTwoSpellings(json: unknown, message: Message): void {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return;
  const { twice, inner } = knownOf(message);
  for (const [name, other] of twice)
    if (Object.hasOwn(json, other) && Object.hasOwn(json, name))
      throw invalid(`Request specifies both '${name}' and '${other}'; provide only one of them.`);
  for (const [name, other, within] of inner) {
    const value = (json as Record<string, unknown>)[Object.hasOwn(json, name) ? name : other];
    for (const item of Array.isArray(value) ? value : [value]) refuseTwoSpellings(item, within);
  }
}
