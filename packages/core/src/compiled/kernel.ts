import type { KernelConstant } from './code.ts';

/** A running kernel: generated code writes rows into its memory and calls its functions. */
export interface Kernel {
  readonly memory: ArrayBuffer;
  readonly [name: string]: unknown;
}

/** The part of WebAssembly's API that kernels need; it is not a part of the language. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> };
}

/**
 * Starts a kernel; undefined where the platform has no WebAssembly with SIMD or does not let a program make modules:
 * the generated code then does the same in JavaScript.
 */
export function startKernel({ bytes, data }: KernelConstant): Kernel | undefined {
  const api = (globalThis as { WebAssembly?: WebAssemblyApi }).WebAssembly;
  if (!api) return undefined;
  try {
    const { exports } = new api.Instance(new api.Module(bytes));
    const memory = (exports['memory'] as { readonly buffer: ArrayBuffer }).buffer;
    for (const { address, array } of data) {
      new Uint8Array(memory).set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), address);
    }
    return { ...exports, memory };
  } catch {
    return undefined;
  }
}
