import { endsCell } from './csv-bytes.ts';

const MINUS = 45;
const POINT = 46;
/** Integers of so many digits are exact doubles. */
const EXACT_DIGITS = 15;
/** Powers of ten that are exact doubles. */
const POWERS = Float64Array.from({ length: 23 }, (_, i) => 10 ** i);
/** 2^27 + 1, for Dekker's exact product. */
const SPLITTER = 134217729;

/**
 * Reads the number in the cell at `at` and writes it to `into[index]`, correctly rounded.
 *
 * Returns the position behind the cell, or −1 when this is not a plain number, is not sure to be rounded right, or is
 * not the whole cell: then the text of the cell decides. Up to 15 digits need one exact division or product (Clinger
 * 1990), up to 19 digits a quotient of double-double precision that is accepted only when no rounding is near.
 */
export function scanNumber(bytes: Uint8Array, at: number, into: Float64Array, index: number): number {
  let i = at;
  let byte = bytes[i] as number;
  const negative = byte === MINUS;
  if (negative) byte = bytes[++i] as number;
  let mantissa = 0;
  let low = 0;
  let digits = 0;
  let scale = 0;
  while ((byte ^ 48) <= 9) {
    if (digits < EXACT_DIGITS) mantissa = mantissa * 10 + (byte ^ 48);
    else low = low * 10 + (byte ^ 48);
    if (mantissa !== 0) digits++;
    byte = bytes[++i] as number;
  }
  const hasInteger = i > at + (negative ? 1 : 0);
  if (byte === POINT) {
    byte = bytes[++i] as number;
    while ((byte ^ 48) <= 9) {
      if (digits < EXACT_DIGITS) mantissa = mantissa * 10 + (byte ^ 48);
      else low = low * 10 + (byte ^ 48);
      if (mantissa !== 0) digits++;
      scale++;
      byte = bytes[++i] as number;
    }
  }
  if (!hasInteger || byte === 0 || !endsCell(byte) || scale > 22) return -1;
  let value = mantissa;
  if (digits > EXACT_DIGITS) {
    if (digits > EXACT_DIGITS + 4) return -1;
    value = quotient(mantissa, POWERS[digits - EXACT_DIGITS] as number, low, POWERS[scale] as number);
    if (value !== value) return -1;
  } else if (scale > 0) value = mantissa / (POWERS[scale] as number);
  into[index] = negative ? -value : value;
  return i;
}

/** (high · factor + low) / divisor to the nearest double, or NaN when a rounding is too near to call. */
function quotient(high: number, factor: number, low: number, divisor: number): number {
  // high · factor exactly, as p + e; factor is at most 10^4, so a split of `high` alone would do, but this is Dekker's form.
  const p = high * factor;
  const e = productError(high, factor, p) + low;
  const sum = p + e;
  const rest = e - (sum - p);
  const first = sum / divisor;
  const product = first * divisor;
  const remainder = sum - product - productError(first, divisor, product) + rest;
  const second = remainder / divisor;
  // The error of `second` is below 2^-50 of it.
  const slack = second * 2 ** -40;
  const result = first + (second + slack);
  return result === first + (second - slack) ? result : NaN;
}

/** a · b − fl(a · b), exactly (Dekker 1971). */
function productError(a: number, b: number, product: number): number {
  const a2 = a * SPLITTER;
  const aHigh = a2 - (a2 - a);
  const aLow = a - aHigh;
  const b2 = b * SPLITTER;
  const bHigh = b2 - (b2 - b);
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}
