/** 2^27 + 1, for Dekker's exact product. */
const SPLITTER = 134217729;
const ZERO = 48;
const POINT = 46;
/** The digits of 0 to 99. */
const PAIRS = Uint8Array.from({ length: 200 }, (_, i) => ZERO + (i % 2 === 0 ? Math.floor(i / 20) : (i >> 1) % 10));
const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
const HIGH = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0;

/**
 * Writes a number from 0.001 up to 1 as `String` does, in the fewest digits that mean it, and returns the end.
 *
 * −1 for other numbers and for those that stand too near to the border of two texts: then `String` decides. The number
 * times a power of ten is an exact sum of two doubles (Dekker 1971), an integer of 17 digits and a rest; its nearest
 * neighbour that ends in 00, in 0 or in anything is taken when it is less than half a step of doubles away.
 */
export function writeFraction(x: number, into: Uint8Array, at: number): number {
  if (!(x >= 0.001 && x < 1)) return -1;
  double[0] = x;
  const high = words[HIGH] as number;
  // The steps below a power of two are half as long.
  if (words[1 - HIGH] === 0 && (high & 0xfffff) === 0) return -1;
  const zeros = x >= 0.1 ? 0 : x >= 0.01 ? 1 : 2;
  const scale = zeros === 0 ? 1e17 : zeros === 1 ? 1e18 : 1e19;
  words[1 - HIGH] = 0;
  words[HIGH] = (high & 0x7ff00000) - (53 << 20);
  const half = double[0] * scale;

  const product = x * scale;
  const rest = productError(x, scale, product);
  let top = Math.floor(product / 1e8);
  let low = product - top * 1e8;
  if (low < 0) {
    top--;
    low += 1e8;
  }
  const tail = (low | 0) % 100;
  const exact = tail + rest;
  const rounded = nearestText(exact, half);
  if (rounded < -10) return -1;
  low += rounded - tail;
  if (low < 0) {
    top--;
    low += 1e8;
  } else if (low >= 1e8) {
    top++;
    low -= 1e8;
  }
  if (top < 1e8 || top >= 1e9) return -1;
  return writeDigits(zeros, top, low, into, at);
}

/** The multiple of 100, of 10 or of 1 that is less than `half` away; −100 when it is not sure. */
function nearestText(exact: number, half: number): number {
  const hundred = exact < 50 ? 0 : 100;
  let off = Math.abs(exact - hundred);
  if (off < half) return hundred;
  const ten = 10 * Math.round(exact / 10);
  const offTen = Math.abs(exact - ten);
  if (off === half || offTen === 5 || offTen === half) return -100;
  if (offTen < half) return ten;
  const one = Math.round(exact);
  off = Math.abs(exact - one);
  return off === 0.5 || off >= half ? -100 : one;
}

/** `0.`, zeros, and the 9 + 8 digits without zeros at the end. */
function writeDigits(zeros: number, top: number, low: number, into: Uint8Array, at: number): number {
  into[at] = ZERO;
  into[at + 1] = POINT;
  let start = at + 2;
  for (let i = 0; i < zeros; i++) into[start++] = ZERO;
  let left = top | 0;
  for (let i = start + 7; i > start; i -= 2) left = writePair(left, into, i);
  into[start] = ZERO + left;
  left = low | 0;
  for (let i = start + 15; i > start + 8; i -= 2) left = writePair(left, into, i);
  let end = start + 17;
  while (into[end - 1] === ZERO) end--;
  return end;
}

function writePair(value: number, into: Uint8Array, at: number): number {
  const left = (value / 100) | 0;
  const pair = (value - left * 100) * 2;
  into[at] = PAIRS[pair] as number;
  into[at + 1] = PAIRS[pair + 1] as number;
  return left;
}

/** a · b − fl(a · b), exactly. */
function productError(a: number, b: number, product: number): number {
  const a2 = a * SPLITTER;
  const aHigh = a2 - (a2 - a);
  const aLow = a - aHigh;
  const b2 = b * SPLITTER;
  const bHigh = b2 - (b2 - b);
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}
