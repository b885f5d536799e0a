/** A WebAssembly module with a function `run(rows)`, and where its memory has what. Addresses are bytes. */
export interface Kernel {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Arrays that are copied into the memory once. */
  readonly data: readonly { readonly address: number; readonly array: KernelArray }[];
  /** Compared columns of the rows, row by row, as float64. */
  readonly input: number;
  /** Sums, row by row. */
  readonly output: number;
}

export type KernelArray = Float64Array | Float32Array | Int32Array;

const pageBytes = 65_536;

/** Hands out addresses, each a multiple of 16. */
export class Memory {
  readonly data: { address: number; array: KernelArray }[] = [];
  #end = 16;

  /** Pages of 64 KiB. */
  get pages(): number {
    return Math.ceil(this.#end / pageBytes);
  }

  get bytes(): number {
    return this.#end;
  }

  place(array: KernelArray): number {
    const address = this.reserve(array.byteLength);
    this.data.push({ address, array });
    return address;
  }

  reserve(bytes: number): number {
    const address = this.#end;
    this.#end = Math.ceil((address + bytes) / 16) * 16;
    return address;
  }
}
