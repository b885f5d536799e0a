/** 2^32 */
const half = 4294967296;
const [low, high] = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? [0, 1] : [1, 0];

/**
 * Safe integers as int64, in the same memory: the array must not be read as numbers afterwards.
 * Two halves are written because a bigint is an object: one for each row takes longer than most models.
 */
export function int64Of(numbers: Float64Array): BigInt64Array {
  const { buffer, byteOffset, length } = numbers;
  const halves = new Int32Array(buffer, byteOffset, length * 2);
  for (let i = 0; i < length; i++) {
    const number = numbers[i] as number;
    halves[2 * i + low] = number;
    halves[2 * i + high] = Math.floor(number / half);
  }
  return new BigInt64Array(buffer, byteOffset, length);
}

/** int64 as numbers, which beyond 2^53 are near them. */
export function numbersOf({ buffer, byteOffset, length }: BigInt64Array): Float64Array {
  const signed = new Int32Array(buffer, byteOffset, length * 2);
  const unsigned = new Uint32Array(buffer, byteOffset, length * 2);
  const numbers = new Float64Array(length);
  for (let i = 0; i < length; i++)
    numbers[i] = (signed[2 * i + high] as number) * half + (unsigned[2 * i + low] as number);
  return numbers;
}
