import { loads, plain, stores } from './wasm-instructions.ts';

/** A function of one i32 (local 0) without result, written instruction by instruction. */
export class WasmFunction {
  readonly #code: number[] = [];
  readonly #locals: ValueType[] = [];
  #depth = 0;

  /** A new local variable. */
  local(type: ValueType): number {
    this.#locals.push(type);
    return this.#locals.length;
  }

  get(local: number): void {
    this.#code.push(0x20, ...unsigned(local));
  }

  set(local: number): void {
    this.#code.push(0x21, ...unsigned(local));
  }

  tee(local: number): void {
    this.#code.push(0x22, ...unsigned(local));
  }

  i32(value: number): void {
    this.#code.push(0x41, ...signed(value));
  }

  i64(value: number): void {
    this.#code.push(0x42, ...signed(value));
  }

  /** 0 of a float type. */
  zero(type: 'f32' | 'f64'): void {
    if (type === 'f32') this.#code.push(0x43, 0, 0, 0, 0);
    else this.#code.push(0x44, 0, 0, 0, 0, 0, 0, 0, 0);
  }

  f64(value: number): void {
    this.#code.push(0x44, ...new Uint8Array(Float64Array.of(value).buffer));
  }

  /** A vector of two numbers. */
  f64x2(first: number, second: number): void {
    this.#code.push(0xfd, 0x0c, ...new Uint8Array(Float64Array.of(first, second).buffer));
  }

  do(...instructions: (keyof typeof plain)[]): void {
    for (const instruction of instructions) this.#code.push(...plain[instruction]);
  }

  /** Reads from the address on the stack plus `offset`. */
  load(instruction: keyof typeof loads, offset: number): void {
    this.#code.push(...loads[instruction], 0, ...unsigned(offset));
  }

  /** Replaces one of the two float64 of the vector on the stack with that at the address below it plus `offset`. */
  loadLane(lane: 0 | 1, offset: number): void {
    this.#code.push(0xfd, 0x57, 0, ...unsigned(offset), lane);
  }

  /** Writes one of the two float64 of the vector on the stack to the address below it plus `offset`. */
  storeLane(lane: 0 | 1, offset: number): void {
    this.#code.push(0xfd, 0x5b, 0, ...unsigned(offset), lane);
  }

  /** Writes the value on the stack to the address below it plus `offset`. */
  store(instruction: keyof typeof stores, offset: number): void {
    this.#code.push(...stores[instruction], 0, ...unsigned(offset));
  }

  /** `local += value` */
  increase(local: number, value: number): void {
    this.get(local);
    this.i32(value);
    this.do('i32.add');
    this.set(local);
  }

  /** `local` = the number that the function is given, times `bytes`. */
  setRow(local: number, bytes: number): void {
    this.get(0);
    this.i32(bytes);
    this.do('i32.mul');
    this.set(local);
  }

  /** Repeats `body` while `local` is below `end`; at least once. */
  repeatUntil(local: number, end: () => void, body: () => void): void {
    const isBelow = () => {
      this.get(local);
      end();
      this.do('i32.lt_u');
    };
    this.repeatWhile(isBelow, body);
  }

  /** Repeats `body` while what `condition` leaves on the stack is not 0; at least once. */
  repeatWhile(condition: () => void, body: () => void): void {
    this.#code.push(0x03, 0x40);
    this.#depth++;
    body();
    condition();
    this.#depth--;
    this.#code.push(0x0d, 0, 0x0b);
  }

  /** `body` where what is on the stack is not 0. */
  when(body: () => void): void {
    this.#code.push(0x04, 0x40);
    this.#depth++;
    body();
    this.#depth--;
    this.#code.push(0x0b);
  }

  /** `body`, which begins anew where it calls `again`. */
  loop(body: (again: () => void) => void): void {
    this.#code.push(0x03, 0x40);
    this.#depth++;
    const depth = this.#depth;
    body(() => this.#code.push(0x0c, ...unsigned(this.#depth - depth)));
    this.#depth--;
    this.#code.push(0x0b);
  }

  /** Locals and instructions, as the code section has them. */
  body(): number[] {
    const locals = this.#locals.flatMap((type) => [1, types[type]]);
    const body = [...unsigned(this.#locals.length), ...locals, ...this.#code, 0x0b];
    return [...unsigned(body.length), ...body];
  }
}

/**
 * A WebAssembly module with one memory of `pages` times 64 KiB and the given functions, all exported.
 * Numbers of sections and types are those of the specification's binary format.
 */
export function wasmModule(functions: Readonly<Record<string, WasmFunction>>, pages: number): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(functions);
  return Uint8Array.from([
    ...magic,
    ...section(1, [1, 0x60, 1, types.i32, 0]),
    ...section(3, [...unsigned(entries.length), ...entries.map(() => 0)]),
    ...section(5, [1, 0x01, ...unsigned(pages), ...unsigned(pages)]),
    ...section(7, [
      ...unsigned(entries.length + 1),
      ...entries.flatMap(([exported], i) => [...name(exported), 0x00, ...unsigned(i)]),
      ...name('memory'),
      0x02,
      0,
    ]),
    ...section(10, [...unsigned(entries.length), ...entries.flatMap(([, written]) => written.body())]),
  ]);
}

/** `\0asm`, version 1. */
const magic = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

type ValueType = keyof typeof types;

const types = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function name(text: string): number[] {
  return [text.length, ...new TextEncoder().encode(text)];
}

/** LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return bytes;
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7) {
    const byte = rest & 127;
    const isLast = (rest >> 7 === 0 && (byte & 64) === 0) || (rest >> 7 === -1 && (byte & 64) !== 0);
    bytes.push(isLast ? byte : byte | 128);
    if (isLast) return bytes;
  }
}
