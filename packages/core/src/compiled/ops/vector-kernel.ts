import type { KernelConstant, Program } from '../code.ts';
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

  /** An address for some bytes; undefined: no more fits. */
  reserve(bytes: number): number | undefined {
    return this.#memory.bytes + bytes > maxBytes ? undefined : this.#memory.reserve(bytes);
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
