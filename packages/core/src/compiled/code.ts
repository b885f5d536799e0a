import type { DType, Tensor } from '../tensor/index.ts';
import { beyond, isLength, printSize } from './length.ts';
import { at, counting, type Position } from './position.ts';
import { support, type SupportName } from './support.ts';

/** Data beside the generated code: what the model's arrays, strings and lookup tables are. */
export type Constant =
  | { readonly kind: 'float64'; readonly data: Float64Array }
  | { readonly kind: 'float32'; readonly data: Float32Array }
  | { readonly kind: 'int32'; readonly data: Int32Array }
  | { readonly kind: 'uint8'; readonly data: Uint8Array }
  | { readonly kind: 'strings'; readonly data: readonly string[] }
  | KernelConstant
  | {
      readonly kind: 'map';
      readonly keys: readonly (string | number)[];
      readonly values: readonly (string | number)[];
    };

/** A WebAssembly module with a function `run(rows)`, and arrays for its memory. Platforms without WebAssembly do without it. */
export interface KernelConstant {
  readonly kind: 'kernel';
  readonly bytes: Uint8Array;
  readonly data: readonly { readonly address: number; readonly array: Float64Array | Float32Array | Int32Array }[];
}

/** A place in the memory of the kernel with this name. */
export interface KernelPlace {
  readonly kernel: string;
  readonly address: number;
}

/** Everything that the row form and the block form of one model share: constants, scratch arrays, support functions. */
export class Program {
  readonly constants: Constant[] = [];
  readonly support = new Set<SupportName>();
  readonly scratch: string[] = [];
  readonly #names = new Map<unknown, string>();
  readonly #derived = new Map<object, Map<string, unknown>>();
  #next = 0;

  name(prefix: string): string {
    return `${prefix}${this.#next++}`;
  }

  /** The name of a constant; `key` is the object that it is made of, so that both forms share one. */
  constant(key: unknown, make: () => Constant): string {
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const name = `c${this.constants.length}`;
    this.constants.push(make());
    this.#names.set(key, name);
    return name;
  }

  /** Something computed once from a tensor of the model, for both forms. */
  derived<T>(source: object, what: string, make: () => T): T {
    const all = this.#derived.get(source) ?? new Map<string, unknown>();
    this.#derived.set(source, all);
    if (!all.has(what)) all.set(what, make());
    return all.get(what) as T;
  }

  /** An array that lives as long as the model; `within` puts it into the memory of a kernel, where that runs. */
  array(dtype: DType, size: number, within?: KernelPlace): string {
    if (isLength(size)) throw beyond();
    const name = this.name('a');
    this.scratch.push(`const ${name} = ${this.newArray(dtype, String(size), within)};`);
    return name;
  }

  /** An expression that makes an array. */
  newArray(dtype: DType, size: string, within?: KernelPlace): string {
    if (dtype === 'string') return `new Array(${size}).fill('')`;
    const own = `new ${arrayClass(dtype)}(${size})`;
    if (!within) return own;
    return `${within.kernel} ? new ${arrayClass(dtype)}(${within.kernel}.memory, ${within.address}, ${size}) : ${own}`;
  }

  use(name: SupportName): string {
    for (const other of support[name].uses ?? []) this.use(other);
    this.support.add(name);
    return name;
  }
}

/** Arrays of generated code hold integers of every width as float64, where they are exact up to 2^53. */
function arrayClass(dtype: DType): string {
  if (dtype === 'float32') return 'Float32Array';
  return dtype === 'bool' ? 'Uint8Array' : 'Float64Array';
}

/** The statements of one function, written from front to back. */
export class Code {
  readonly program: Program;
  /** Loops of up to so many steps are written out. */
  readonly unroll: number;
  readonly #lines: string[] = [];
  #depth: number;

  constructor(program: Program, unroll: number, depth = 1) {
    this.program = program;
    this.unroll = unroll;
    this.#depth = depth;
  }

  line(text: string): void {
    this.#lines.push(`${'  '.repeat(this.#depth)}${text}`);
  }

  open(text: string): void {
    this.line(`${text} {`);
    this.#depth++;
  }

  close(): void {
    this.#depth--;
    this.line('}');
  }

  /** Gives an expression a name, unless it is one already. */
  bind(expression: string): string {
    if (/^(\w+|\(-?[\d.e+-]+\)|[\d.e+-]+)$/.test(expression)) return expression;
    const name = this.program.name('v');
    this.line(`const ${name} = ${expression};`);
    return name;
  }

  /** A variable with a start value. */
  variable(start: string): string {
    const name = this.program.name('v');
    this.line(`let ${name} = ${start};`);
    return name;
  }

  /** `body` for each number below `count`: written out while it is small, else as a loop. */
  repeat(count: number, body: (i: Position) => void, unroll: boolean): void {
    if (unroll || count === 1) {
      for (let i = 0; i < count; i++) body(at(i));
      return;
    }
    const variable = this.program.name('i');
    this.open(`for (let ${variable} = 0; ${variable} < ${printSize(count)}; ${variable}++)`);
    body(counting(variable, count));
    this.close();
  }

  /** `body` for each place of a shape, in row-major order. */
  each(shape: readonly number[], unroll: boolean, body: (coordinates: readonly Position[]) => void): void {
    const visit = (axis: number, coordinates: readonly Position[]): void => {
      if (axis === shape.length) body(coordinates);
      else this.repeat(shape[axis] as number, (i) => visit(axis + 1, [...coordinates, i]), unroll);
    };
    visit(0, []);
  }

  toString(): string {
    return this.#lines.join('\n');
  }
}

/** A tensor as a constant of generated code. */
export function constantOf(tensor: Tensor): Constant {
  const { dtype, data } = tensor;
  if (!ArrayBuffer.isView(data)) return { kind: 'strings', data };
  if (dtype === 'bool') return { kind: 'uint8', data: data as Uint8Array };
  if (data instanceof Float32Array) return { kind: 'float32', data };
  if (data instanceof Float64Array) return { kind: 'float64', data };
  return { kind: 'float64', data: Float64Array.from(data as ArrayLike<number | bigint>, Number) };
}
