import type { Tensor } from '../tensor/index.ts';

/** Named tensors in the order in which they came; one with the same dtype, shape and bits as an earlier one shares its name. */
export class TensorPool {
  readonly tensors = new Map<string, Tensor>();
  readonly #names = new Map<string, string[]>();

  add(tensor: Tensor, name: () => string): string {
    const key = `${tensor.dtype}[${tensor.shape.join()}]${fingerprint(tensor)}`;
    const alike = this.#names.get(key) ?? [];
    const same = alike.find((other) => equal(this.tensors.get(other) as Tensor, tensor));
    if (same !== undefined) return same;
    const added = name();
    this.tensors.set(added, tensor);
    this.#names.set(key, [...alike, added]);
    return added;
  }
}

/** A 32-bit FNV-1a hash of the first bytes or strings: equal tensors have equal ones. */
function fingerprint({ data }: Tensor): number {
  let hash = 0x811c9dc5;
  const mix = (byte: number) => (hash = Math.imul(hash ^ byte, 0x01000193));
  if (isTyped(data)) bytesOf(data).subarray(0, 4096).forEach(mix);
  else for (const text of data.slice(0, 64)) for (let i = 0; i < text.length; i++) mix(text.charCodeAt(i));
  return hash;
}

/** Compares bits, not numbers: 0 and −0 are different constants, NaN equals NaN. */
function equal(a: Tensor, b: Tensor): boolean {
  const [x, y] = [a.data, b.data];
  if (isTyped(x) && isTyped(y)) {
    const [p, q] = [bytesOf(x), bytesOf(y)];
    for (let i = 0; i < p.length; i++) if (p[i] !== q[i]) return false;
    return true;
  }
  return !isTyped(x) && !isTyped(y) && x.every((text, i) => text === y[i]);
}

function isTyped(data: Tensor['data']): data is Exclude<Tensor['data'], readonly string[]> {
  return ArrayBuffer.isView(data);
}

function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
