import { fail } from '../../errors/index.ts';
import { sniff } from '../../formats/sniff.ts';
import { readUbjson, type Json } from '../../formats/ubjson/index.ts';
import { readBinary, readPickledBinary } from './binary.ts';
import { corrupt } from './corrupt.ts';

/** Typed access to the parts of an XGBoost model document, JSON or UBJSON. */
export class Document {
  readonly #value: Json;
  readonly #path: string;

  constructor(value: Json, path = 'model') {
    this.#value = value;
    this.#path = path;
  }

  get(key: string): Document {
    const value = this.#value;
    if (value === null || typeof value !== 'object' || Array.isArray(value) || ArrayBuffer.isView(value))
      throw this.#wrong('an object');
    const found = Object.hasOwn(value, key) ? (value as Record<string, Json>)[key] : undefined;
    if (found === undefined) throw corrupt(`${this.#path} has no "${key}"`);
    return new Document(found, `${this.#path}.${key}`);
  }

  has(key: string): boolean {
    const value = this.#value;
    return value !== null && typeof value === 'object' && !Array.isArray(value) && Object.hasOwn(value, key);
  }

  find(key: string): Document | undefined {
    return this.has(key) ? this.get(key) : undefined;
  }

  items(): Document[] {
    if (!Array.isArray(this.#value)) throw this.#wrong('a list');
    return this.#value.map((item: Json, i) => new Document(item, `${this.#path}[${i}]`));
  }

  isList(): boolean {
    return Array.isArray(this.#value) || ArrayBuffer.isView(this.#value);
  }

  /** The value as it is. */
  raw(): Json {
    return this.#value;
  }

  /** Numbers of an array; booleans are 0 and 1, null is NaN. */
  numbers(): ArrayLike<number> {
    const value = this.#value;
    if (ArrayBuffer.isView(value)) return value;
    if (!Array.isArray(value)) throw this.#wrong('a list of numbers');
    return Float64Array.from(value as readonly Json[], (item) => {
      if (item === null) return NaN;
      if (typeof item !== 'number' && typeof item !== 'boolean' && typeof item !== 'bigint')
        throw this.#wrong('a list of numbers');
      return Number(item);
    });
  }

  strings(): string[] {
    return this.items().map((item) => item.text());
  }

  text(): string {
    if (typeof this.#value !== 'string') throw this.#wrong('a text');
    return this.#value;
  }

  /** A number, or a text that is one: parameters are stored as texts. */
  number(): number {
    const number = typeof this.#value === 'string' ? Number(this.#value) : this.#value;
    if (typeof number !== 'number' || Number.isNaN(number)) throw this.#wrong('a number');
    return number;
  }

  #wrong(expected: string): Error {
    return corrupt(`${this.#path} should be ${expected}`);
  }
}

/** The bytes of a model file, or of a pickled booster's handle (`Model` and `Config`). */
export function readDocument(bytes: Uint8Array): Document {
  const start = String.fromCharCode(...bytes.subarray(0, 14));
  if (start.startsWith('CONFIG-offset:')) return new Document(readPickledBinary(bytes));
  if (start.startsWith('bs64')) {
    throw fail('UNSUPPORTED_FORMAT', {
      what: "XGBoost's binary model format as base64",
      why: 'only XGBoost before 1.0 wrote it',
      advice: 'Load it with the XGBoost that wrote it and save it again: booster.save_model("model.json").',
    });
  }
  if (start.startsWith('binf') || sniff(bytes) === 'xgboost-legacy') return new Document(readBinary(bytes));
  return /^\{\s*"/.test(start) ? new Document(parseJson(bytes)) : new Document(readUbjson(bytes));
}

function parseJson(bytes: Uint8Array): Json {
  const text = new TextDecoder().decode(bytes);
  try {
    return JSON.parse(text) as Json;
  } catch {
    return parseBareWords(text);
  }
}

/** XGBoost writes NaN and Infinity as bare words (thresholds of category splits before 2.1). */
function parseBareWords(text: string): Json {
  const plain = text.replace(
    /"(?:[^"\\]|\\.)*"|(-?)\b(?:(nan)|inf(?:inity)?)\b/gi,
    (token, sign?: string, nan?: string) => {
      if (token.startsWith('"')) return token;
      return nan ? 'null' : `${sign ?? ''}1e999`;
    },
  );
  try {
    return JSON.parse(plain) as Json;
  } catch (cause) {
    throw fail('CORRUPT_FILE', { format: 'XGBoost', problem: 'the JSON is incomplete or damaged' }, { cause });
  }
}
