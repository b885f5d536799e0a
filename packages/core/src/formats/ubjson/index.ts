import { fail } from '../../errors/index.ts';

/** A JSON-like value. Objects have no prototype, so no key means anything; typed arrays stay typed. */
export type Json =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly Json[]
  | NumberArray
  | { readonly [key: string]: Json };

export type NumberArray = Int8Array | Uint8Array | Int16Array | Int32Array | Float32Array | Float64Array;

const MAX_DEPTH = 64;

const elementBytes: Readonly<Record<string, number>> = { i: 1, U: 1, I: 2, l: 4, L: 8, d: 4, D: 8 };

/**
 * Reads UBJSON (big-endian), with the strongly typed arrays that XGBoost writes.
 *
 * @see https://ubjson.org and xgboost/src/common/json.cc
 */
export function readUbjson(bytes: Uint8Array): Json {
  return new Reader(bytes).document();
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #text = new TextDecoder();
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  document(): Json {
    return this.#value(this.#marker(), 0);
  }

  #value(type: string, depth: number): Json {
    if (depth > MAX_DEPTH) throw corrupt(`nested deeper than ${MAX_DEPTH}`);
    switch (type) {
      case 'Z':
        return null;
      case 'N':
        return this.#value(this.#marker(), depth + 1);
      case 'T':
        return true;
      case 'F':
        return false;
      case 'S':
        return this.#string();
      case 'C':
        return String.fromCharCode(this.#take(1));
      case '[':
        return this.#array(depth);
      case '{':
        return this.#object(depth);
      default:
        return this.#number(type);
    }
  }

  #array(depth: number): Json {
    let type = '';
    if (this.#peek() === '$') {
      this.#at++;
      type = this.#marker();
    }
    if (this.#peek() === '#') {
      this.#at++;
      const length = this.#length();
      if (elementBytes[type]) return this.#numbers(type, length);
      return Array.from({ length: this.#bounded(length) }, () => this.#value(type || this.#marker(), depth + 1));
    }
    if (type) throw corrupt('a typed array without a length');
    const items: Json[] = [];
    while (this.#peek() !== ']') items.push(this.#value(this.#marker(), depth + 1));
    this.#at++;
    return items;
  }

  #object(depth: number): Json {
    const object: Record<string, Json> = Object.create(null) as Record<string, Json>;
    if (this.#peek() === '#') {
      this.#at++;
      for (let left = this.#bounded(this.#length()); left > 0; left--) {
        const key = this.#string();
        object[key] = this.#value(this.#marker(), depth + 1);
      }
      return object;
    }
    while (this.#peek() !== '}') {
      const key = this.#string();
      object[key] = this.#value(this.#marker(), depth + 1);
    }
    this.#at++;
    return object;
  }

  #numbers(type: string, length: number): NumberArray {
    const at = this.#at;
    this.#take(length * (elementBytes[type] as number));
    const view = this.#view;
    switch (type) {
      case 'i':
        return Int8Array.from({ length }, (_, i) => view.getInt8(at + i));
      case 'U':
        return Uint8Array.from({ length }, (_, i) => view.getUint8(at + i));
      case 'I':
        return Int16Array.from({ length }, (_, i) => view.getInt16(at + i * 2));
      case 'l':
        return Int32Array.from({ length }, (_, i) => view.getInt32(at + i * 4));
      case 'd':
        return Float32Array.from({ length }, (_, i) => view.getFloat32(at + i * 4));
      case 'D':
        return Float64Array.from({ length }, (_, i) => view.getFloat64(at + i * 8));
      default:
        return Float64Array.from({ length }, (_, i) => Number(view.getBigInt64(at + i * 8)));
    }
  }

  #number(type: string): number | bigint {
    const size = elementBytes[type];
    if (size === undefined) throw corrupt(`unknown marker ${JSON.stringify(type)}`);
    this.#take(size);
    const at = this.#at - size;
    switch (type) {
      case 'i':
        return this.#view.getInt8(at);
      case 'U':
        return this.#view.getUint8(at);
      case 'I':
        return this.#view.getInt16(at);
      case 'l':
        return this.#view.getInt32(at);
      case 'd':
        return this.#view.getFloat32(at);
      case 'D':
        return this.#view.getFloat64(at);
      default: {
        const wide = this.#view.getBigInt64(at);
        return Number.isSafeInteger(Number(wide)) ? Number(wide) : wide;
      }
    }
  }

  #string(): string {
    const length = this.#length();
    this.#take(length);
    return this.#text.decode(this.#bytes.subarray(this.#at - length, this.#at));
  }

  #length(): number {
    const length = this.#number(this.#marker());
    if (typeof length !== 'number' || length < 0) throw corrupt('a negative or huge length');
    return length;
  }

  /** Elements take at least a byte each. */
  #bounded(length: number): number {
    if (length > this.#bytes.length - this.#at) throw corrupt('a length beyond the end of the file');
    return length;
  }

  #marker(): string {
    return String.fromCharCode(this.#take(1));
  }

  #peek(): string {
    if (this.#at >= this.#bytes.length) throw corrupt('it ends in the middle');
    return String.fromCharCode(this.#bytes[this.#at] as number);
  }

  /** Moves on by so many bytes; returns the first of them. */
  #take(count: number): number {
    if (count > this.#bytes.length - this.#at) throw corrupt('it ends in the middle');
    const first = this.#bytes[this.#at] ?? 0;
    this.#at += count;
    return first;
  }
}

function corrupt(problem: string): Error {
  return fail('CORRUPT_FILE', { format: 'UBJSON', problem });
}
