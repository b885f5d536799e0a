/**
 * The accurate integer inverse DCT of the Independent JPEG Group (jidctint.c, after Loeffler, Ligtenberg and Moschytz), step
 * by step, so that samples are bit-equal to those of libjpeg-turbo. Coefficients are dequantised on the way.
 */
const BITS = 13;
const PASS1 = 2;
const F_0_298 = 2446;
const F_0_390 = 3196;
const F_0_541 = 4433;
const F_0_765 = 6270;
const F_0_899 = 7373;
const F_1_175 = 9633;
const F_1_501 = 12299;
const F_1_847 = 15137;
const F_1_961 = 16069;
const F_2_053 = 16819;
const F_2_562 = 20995;
const F_3_072 = 25172;

const work = new Int32Array(64);
const line = new Int32Array(8);

/** One block of 64 coefficients (natural order) → 8 × 8 samples at `to` of a plane. */
export function inverseDct(
  coefficients: Int16Array,
  from: number,
  quantization: Uint16Array,
  plane: Uint8Array,
  to: number,
  stride: number,
): void {
  let last = 63;
  while (last > 0 && coefficients[from + last] === 0) last--;
  if (last === 0) {
    // One value for all: what the two passes below make of it.
    const sample = (((coefficients[from] as number) * (quantization[0] as number) + 4) >> 3) + 128;
    const value = sample < 0 ? 0 : sample > 255 ? 255 : sample;
    for (let y = 0; y < 8; y++) plane.fill(value, to + y * stride, to + y * stride + 8);
    return;
  }
  for (let x = 0; x < 8; x++) {
    let isFlat = true;
    for (let y = 0; y < 8; y++) {
      const value = coefficients[from + y * 8 + x] as number;
      if (y > 0 && value !== 0) isFlat = false;
      line[y] = value * (quantization[y * 8 + x] as number);
    }
    if (isFlat) {
      const value = (line[0] as number) << PASS1;
      for (let y = 0; y < 8; y++) work[y * 8 + x] = value;
      continue;
    }
    transform(BITS - PASS1);
    for (let y = 0; y < 8; y++) work[y * 8 + x] = line[y] as number;
  }
  for (let y = 0; y < 8; y++) {
    for (let x = 0; x < 8; x++) line[x] = work[y * 8 + x] as number;
    transform(BITS + PASS1 + 3);
    const start = to + y * stride;
    for (let x = 0; x < 8; x++) {
      const sample = (line[x] as number) + 128;
      plane[start + x] = sample < 0 ? 0 : sample > 255 ? 255 : sample;
    }
  }
}

/** Eight values in place; results are rounded and shifted right. */
function transform(shift: number): void {
  const l0 = line[0] as number;
  const l1 = line[1] as number;
  const l2 = line[2] as number;
  const l3 = line[3] as number;
  const l4 = line[4] as number;
  const l5 = line[5] as number;
  const l6 = line[6] as number;
  const l7 = line[7] as number;
  const half = 1 << (shift - 1);
  const e1 = (l2 + l6) * F_0_541;
  const e2 = e1 - l6 * F_1_847;
  const e3 = e1 + l2 * F_0_765;
  const e0 = ((l0 + l4) << BITS) + half;
  const e4 = ((l0 - l4) << BITS) + half;
  const z5 = (l7 + l3 + l5 + l1) * F_1_175;
  const z1 = -(l7 + l1) * F_0_899;
  const z2 = -(l5 + l3) * F_2_562;
  const z3 = -(l7 + l3) * F_1_961 + z5;
  const z4 = -(l5 + l1) * F_0_390 + z5;
  const o0 = l7 * F_0_298 + z1 + z3;
  const o1 = l5 * F_2_053 + z2 + z4;
  const o2 = l3 * F_3_072 + z2 + z3;
  const o3 = l1 * F_1_501 + z1 + z4;
  line[0] = (e0 + e3 + o3) >> shift;
  line[7] = (e0 + e3 - o3) >> shift;
  line[1] = (e4 + e2 + o2) >> shift;
  line[6] = (e4 + e2 - o2) >> shift;
  line[2] = (e4 - e2 + o1) >> shift;
  line[5] = (e4 - e2 - o1) >> shift;
  line[3] = (e0 - e3 + o0) >> shift;
  line[4] = (e0 - e3 - o0) >> shift;
}
