import type { KernelConstant, Program } from '../code.ts';
import { isFixed, type Position } from '../position.ts';
import type { Value } from '../value.ts';
import { Memory } from '../trees/kernel.ts';
import { wasmModule, type WasmFunction } from '../trees/wasm.ts';

const maxBytes = 1 << 27;

/** One WebAssembly module for all of a model's operators that work on vectors of float64. */
export class VectorKernel implements KernelConstant {
  readonly kind = 'kernel';
  readonly #memory = new Memory();
  readonly #functions: Record<string, WasmFunction> = {};
  #bytes: Uint8Array | undefined;

  get data(): KernelConstant['data'] {
    return this.#memory.data;
  }

  /** The module; nothing can be added afterwards. */
  get bytes(): Uint8Array {
    return (this.#bytes ??= wasmModule(this.#functions, this.#memory.pages));
  }

  /** An address for some bytes; undefined: no more fits, or not with `further` bytes that are to come. */
  reserve(bytes: number, further = 0): number | undefined {
    return this.#memory.bytes + bytes + further > maxBytes ? undefined : this.#memory.reserve(bytes);
  }

  /** Places elements whose bytes were counted by who adds a function. */
  place(elements: Float64Array): number {
    return this.#memory.place(elements);
  }

  /** Adds what takes about so many bytes of memory; undefined: no more fits. */
  add<T>(bytes: number, make: (memory: Memory) => { own: T; written: WasmFunction }): (T & Named) | undefined {
    if (this.#memory.bytes + bytes > maxBytes) return undefined;
    const { own, written } = make(this.#memory);
    const name = `d${Object.keys(this.#functions).length}`;
    this.#functions[name] = written;
    return { ...own, name };
  }
}

/** The function of the module. */
interface Named {
  readonly name: string;
}

/** The kernel of a program, and its name in the generated code. */
export function vectorKernel(program: Program): VectorKernel {
  return program.derived(program, 'vectors', () => new VectorKernel());
}

export function kernelName(program: Program): string {
  const kernel = vectorKernel(program);
  return program.constant(kernel, () => kernel);
}

/** The address of constant elements, which are placed once. */
export function placeOf(program: Program, elements: Float64Array): number {
  return program.derived(elements, 'place', () => vectorKernel(program).place(elements));
}

/** Where the kernel finds the elements of a row. */
export interface Vector {
  readonly address: number;
  /** Elements from one row to the next; 0: there is one row only. */
  readonly stride: number;
}

/** A vector, and the row that functions of the kernel get, as an expression. */
export interface RowVector extends Vector {
  readonly row: string;
}

/** Where the kernel has a value; undefined: it has not. */
export function vectorOf({ array }: Value): RowVector | undefined {
  if (array?.address === undefined) return undefined;
  const { start } = array;
  const address = array.address + start.offset * 8;
  if (isFixed(start)) return { address, stride: 0, row: '0' };
  const [term, other] = start.terms;
  return term && !other ? { address, stride: term.factor, row: term.variable } : undefined;
}

/** Where the elements of a row begin in their array. */
export function rowStart({ stride, row }: RowVector): Position {
  return { terms: [{ variable: row, factor: stride }], offset: 0, low: 0, high: Infinity };
}
