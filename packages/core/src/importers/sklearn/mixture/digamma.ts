/** Coefficients B₂ₖ / 2k of the asymptotic series. */
const SERIES = [1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12];

/** ψ(x) for x > 0, else NaN: upward recurrence to 10, then the asymptotic series (Abramowitz and Stegun 6.3.5, 6.3.18). */
export function digamma(x: number): number {
  if (!(x > 0)) return NaN;
  let shift = 0;
  let at = x;
  for (; at < 10; at++) shift -= 1 / at;
  const square = 1 / (at * at);
  const tail = SERIES.reduceRight((sum, coefficient) => (sum + coefficient) * square, 0);
  return shift + Math.log(at) - 0.5 / at - tail;
}
