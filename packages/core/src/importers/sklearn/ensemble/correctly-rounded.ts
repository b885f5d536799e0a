/** Bits after the point. A float64 of at least 2^-53 keeps more than 100 good bits. */
const BITS = 192n;
const ONE = 1n << BITS;

/** ln x, correctly rounded. Libraries' own logarithms are within half a unit and a little, `Math.log` within one. */
export function naturalLog(x: number): number {
  return x > 0 && x < Infinity ? toNumber(logOf(toFixed(x))) : Math.log(x);
}

/** ln(1 + x), correctly rounded. */
export function naturalLogOfOnePlus(x: number): number {
  return x > -1 && x < Infinity ? toNumber(logOf(ONE + toFixed(x))) : Math.log1p(x);
}

/** eˣ, correctly rounded. */
export function exponentialOf(x: number): number {
  if (!(Math.abs(x) < 100)) return Math.exp(x);
  // eˣ = (e^(x / 2^k))^(2^k): a small argument for the series.
  const squarings = 10;
  const small = toFixed(x) >> BigInt(squarings);
  let sum = 0n;
  for (let term = ONE, n = 1n; term !== 0n; term = (term * small) / (ONE * n), n++) sum += term;
  for (let i = 0; i < squarings; i++) sum = (sum * sum) >> BITS;
  return toNumber(sum);
}

/** ln of a fixed-point number: halved or doubled into [1, 2), then 2 · atanh((m − 1) / (m + 1)). */
function logOf(fixed: bigint): bigint {
  const shift = BigInt(fixed.toString(2).length - 1) - BITS;
  const mantissa = shift >= 0n ? fixed >> shift : fixed << -shift;
  return shift * LOG_OF_TWO + doubleAtanh(mantissa - ONE, mantissa + ONE);
}

function doubleAtanh(numerator: bigint, denominator: bigint): bigint {
  const z = (numerator << BITS) / denominator;
  const square = (z * z) >> BITS;
  let sum = 0n;
  for (let power = z, n = 1n; power !== 0n; power = (power * square) >> BITS, n += 2n) sum += power / n;
  return 2n * sum;
}

const LOG_OF_TWO = doubleAtanh(1n, 3n);

function toFixed(x: number): bigint {
  // Two exact steps: a float64 has 53 bits, so x · 2^192 is a whole number unless x is smaller than 2^-139.
  return BigInt(Math.round(x * 2 ** 140)) << (BITS - 140n);
}

function toNumber(fixed: bigint): number {
  return Number(fixed) / 2 ** Number(BITS);
}
