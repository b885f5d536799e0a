import { MISSING } from '../../signature/index.ts';
import type { Tensor } from '../../tensor/index.ts';

/** The value of the bits of a float16. */
export function fromFloat16(bits: number): number {
  return new Float16Array(Uint16Array.of(bits).buffer)[0] as number;
}

/** The value of the bits of a bfloat16. */
export function fromBfloat16(bits: number): number {
  return new Float32Array(Uint32Array.of(bits << 16).buffer)[0] as number;
}

/** Elements as numbers, bigints or strings (null where one is missing); half floats are widened. */
export function elementsOfTensor({ dtype, data }: Tensor): ArrayLike<unknown> {
  if (dtype === 'float16') return Float64Array.from(data as Uint16Array, fromFloat16);
  if (dtype === 'string') {
    const texts = data as readonly string[];
    return texts.includes(MISSING) ? texts.map((text) => (text === MISSING ? null : text)) : texts;
  }
  return dtype === 'bfloat16' ? Float64Array.from(data as Uint16Array, fromBfloat16) : data;
}
