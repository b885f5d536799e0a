/** A function of one i32 (local 0) without result, written instruction by instruction. */
export class WasmFunction {
  readonly #code: number[] = [];
  readonly #locals: ValueType[] = [];

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

  /** 0 of a float type. */
  zero(type: 'f32' | 'f64'): void {
    if (type === 'f32') this.#code.push(0x43, 0, 0, 0, 0);
    else this.#code.push(0x44, 0, 0, 0, 0, 0, 0, 0, 0);
  }

  f64(value: number): void {
    this.#code.push(0x44, ...new Uint8Array(Float64Array.of(value).buffer));
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
    body();
    condition();
    this.#code.push(0x0d, 0, 0x0b);
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
 * Numbers of sections, types and instructions are those of the specification's binary format.
 */
export function wasmModule(functions: Readonly<Record<string, WasmFunction>>, pages: number): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(functions);
  return Uint8Array.from([
    ...magic,
    ...section(1, [1, 0x60, 1, types.i32, 0]),
    ...section(3, [entries.length, ...entries.map(() => 0)]),
    ...section(5, [1, 0x01, ...unsigned(pages), ...unsigned(pages)]),
    ...section(7, [
      entries.length + 1,
      ...entries.flatMap(([exported], i) => [...name(exported), 0x00, i]),
      ...name('memory'),
      0x02,
      0,
    ]),
    ...section(10, [entries.length, ...entries.flatMap(([, written]) => written.body())]),
  ]);
}

/** `\0asm`, version 1. */
const magic = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

type ValueType = keyof typeof types;

const types = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;

const plain = {
  'i32.add': [0x6a],
  'i32.mul': [0x6c],
  'i32.shl': [0x74],
  'i32.and': [0x71],
  'i32.or': [0x72],
  'i32.xor': [0x73],
  'i32.eqz': [0x45],
  'i32.lt_u': [0x49],
  'i32.trunc_f64_u': [0xab],
  'f32.demote_f64': [0xb6],
  'f64.le': [0x65],
  'i32.ctz': [0x68],
  'i64.ctz': [0x7a],
  'i32.wrap_i64': [0xa7],
  'f64.lt': [0x63],
  'f64.ne': [0x62],
  'f32.add': [0x92],
  'f64.add': [0xa0],
  'f64x2.splat': [0xfd, 0x14],
  'f64x2.add': [0xfd, 0xf0, 0x01],
  'f64x2.sub': [0xfd, 0xf1, 0x01],
  'f64x2.mul': [0xfd, 0xf2, 0x01],
  'f64x2.max': [0xfd, 0xf5, 0x01],
  'f64x2.lt': [0xfd, 0x49],
  'f64x2.gt': [0xfd, 0x4a],
  'i32x4.extract_lane 0': [0xfd, 0x1b, 0],
  'i32x4.extract_lane 2': [0xfd, 0x1b, 2],
  'i64x2.shl': [0xfd, 0xcb, 0x01],
  'i64x2.add': [0xfd, 0xce, 0x01],
  'v128.and': [0xfd, 0x4e],
  'v128.or': [0xfd, 0x50],
  select: [0x1b],
} as const;

const loads = {
  'i32.load8_u': [0x2d],
  'i32.load16_u': [0x2f],
  'i32.load': [0x28],
  'i64.load': [0x29],
  'f32.load': [0x2a],
  'f64.load': [0x2b],
  'v128.load': [0xfd, 0x00],
  'v128.load64_splat': [0xfd, 0x0a],
  'v128.load64_zero': [0xfd, 0x5d],
} as const;

const stores = { 'f32.store': [0x38], 'f64.store': [0x39], 'v128.store': [0xfd, 0x0b] } as const;

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
