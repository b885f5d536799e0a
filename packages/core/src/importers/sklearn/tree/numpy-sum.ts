/** Numbers up to this count are added one after the other, longer rows in eight running sums. */
const UNROLLED = 8;
/** Longer stretches are halved. */
const BLOCK = 128;

/** Sum of `count` numbers from `start` on, added in the order of NumPy's pairwise `sum` over the last axis. */
export function numpySum(values: ArrayLike<number>, start = 0, count = values.length): number {
  if (count < UNROLLED) {
    let total = 0;
    for (let i = 0; i < count; i++) total += values[start + i] as number;
    return total;
  }
  if (count > BLOCK) {
    const half = Math.floor(count / 2);
    const left = half - (half % UNROLLED);
    return numpySum(values, start, left) + numpySum(values, start + left, count - left);
  }
  const sums = new Float64Array(UNROLLED);
  for (let k = 0; k < UNROLLED; k++) sums[k] = values[start + k] as number;
  const whole = count - (count % UNROLLED);
  for (let i = UNROLLED; i < whole; i++) {
    const k = i % UNROLLED;
    sums[k] = (sums[k] as number) + (values[start + i] as number);
  }
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = sums;
  let total = a + b + (c + d) + (e + f + (g + h));
  for (let i = whole; i < count; i++) total += values[start + i] as number;
  return total;
}
