/**
 * a · b + c rounded once, as the matrix products of NumPy's BLAS and of ONNX Runtime add up, one feature after the
 * other (Dekker's exact product, Knuth's exact sum).
 */
export function fused(a: number, b: number, c: number): number {
  const product = a * b;
  const aHigh = upper(a);
  const bHigh = upper(b);
  const aLow = a - aHigh;
  const bLow = b - bHigh;
  const lost = aHigh * bHigh - product + aHigh * bLow + aLow * bHigh + aLow * bLow;
  const sum = product + c;
  const part = sum - product;
  const rest = product - (sum - part) + (c - part) + lost;
  return Number.isFinite(rest) ? sum + rest : sum;
}

/** 2²⁷ + 1 cuts a float64 into halves whose products are exact. */
export const SPLIT = 134217729;

function upper(a: number): number {
  const scaled = SPLIT * a;
  return scaled - (scaled - a);
}
