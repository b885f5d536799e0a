const MASK = (1n << 64n) - 1n;
const K0 = 0xc3a5c85c97cb3127n;
const K1 = 0xb492b66fbe98f273n;
const K2 = 0x9ae16a3b2f90404fn;
const K3 = 0xc949d7c7509e6557n;
const MUL = 0x9ddfea08eb382d69n;

const wrap = (x: bigint): bigint => x & MASK;
const rotate = (x: bigint, by: bigint): bigint => (by === 0n ? x : wrap((x >> by) | (x << (64n - by))));
const shiftMix = (x: bigint): bigint => x ^ (x >> 47n);

/** CityHash64 as CatBoost uses it: version 1.0 of the algorithm (util/digest/city.cpp). */
export function cityHash64(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const f64 = (at: number): bigint => view.getBigUint64(at, true);
  const f32 = (at: number): bigint => BigInt(view.getUint32(at, true));
  const { length } = bytes;
  if (length <= 16) return upTo16(bytes, f64, f32);
  if (length <= 32) return upTo32(length, f64);
  if (length <= 64) return upTo64(length, f64);
  let x = f64(0);
  let y = f64(length - 16) ^ K1;
  let z = f64(length - 56) ^ K0;
  let [v0, v1] = weak(f64, length - 64, BigInt(length), y);
  let [w0, w1] = weak(f64, length - 32, wrap(BigInt(length) * K1), K0);
  z = wrap(z + wrap(shiftMix(v1) * K1));
  x = wrap(rotate(wrap(z + x), 39n) * K1);
  y = wrap(rotate(y, 33n) * K1);
  const end = (length - 1) & ~63;
  for (let at = 0; at < end; at += 64) {
    x = wrap(rotate(wrap(x + y + v0 + f64(at + 16)), 37n) * K1);
    y = wrap(rotate(wrap(y + v1 + f64(at + 48)), 42n) * K1);
    x ^= w1;
    y ^= v0;
    z = rotate(z ^ w0, 33n);
    [v0, v1] = weak(f64, at, wrap(v1 * K1), wrap(x + w0));
    [w0, w1] = weak(f64, at + 32, wrap(z + w1), y);
    [z, x] = [x, z];
  }
  return pair(wrap(pair(v0, w0) + wrap(shiftMix(y) * K1) + z), wrap(pair(v1, w1) + x));
}

/** Hash128to64. */
function pair(low: bigint, high: bigint): bigint {
  let a = wrap((low ^ high) * MUL);
  a ^= a >> 47n;
  let b = wrap((high ^ a) * MUL);
  b ^= b >> 47n;
  return wrap(b * MUL);
}

function upTo16(bytes: Uint8Array, f64: (at: number) => bigint, f32: (at: number) => bigint): bigint {
  const { length } = bytes;
  if (length > 8) {
    const a = f64(0);
    const b = f64(length - 8);
    return pair(a, rotate(wrap(b + BigInt(length)), BigInt(length))) ^ b;
  }
  if (length >= 4) return pair(wrap(BigInt(length) + (f32(0) << 3n)), f32(length - 4));
  if (length > 0) {
    const a = BigInt(bytes[0] as number);
    const b = BigInt(bytes[length >> 1] as number);
    const c = BigInt(bytes[length - 1] as number);
    const y = a + (b << 8n);
    const z = BigInt(length) + (c << 2n);
    return wrap(shiftMix(wrap(y * K2) ^ wrap(z * K3)) * K2);
  }
  return K2;
}

function upTo32(length: number, f64: (at: number) => bigint): bigint {
  const a = wrap(f64(0) * K1);
  const b = f64(8);
  const c = wrap(f64(length - 8) * K2);
  const d = wrap(f64(length - 16) * K0);
  return pair(wrap(rotate(wrap(a - b), 43n) + rotate(c, 30n) + d), wrap(a + rotate(b ^ K3, 20n) - c + BigInt(length)));
}

function upTo64(length: number, f64: (at: number) => bigint): bigint {
  let z = f64(24);
  let a = wrap(f64(0) + wrap((BigInt(length) + f64(length - 16)) * K0));
  let b = rotate(wrap(a + z), 52n);
  let c = rotate(a, 37n);
  a = wrap(a + f64(8));
  c = wrap(c + rotate(a, 7n));
  a = wrap(a + f64(16));
  const vf = wrap(a + z);
  const vs = wrap(b + rotate(a, 31n) + c);
  a = wrap(f64(16) + f64(length - 32));
  z = f64(length - 8);
  b = rotate(wrap(a + z), 52n);
  c = rotate(a, 37n);
  a = wrap(a + f64(length - 24));
  c = wrap(c + rotate(a, 7n));
  a = wrap(a + f64(length - 16));
  const wf = wrap(a + z);
  const ws = wrap(b + rotate(a, 31n) + c);
  const r = shiftMix(wrap(wrap((vf + ws) * K2) + wrap((wf + vs) * K0)));
  return wrap(shiftMix(wrap(wrap(r * K0) + vs)) * K2);
}

function weak(f64: (at: number) => bigint, at: number, seedA: bigint, seedB: bigint): [bigint, bigint] {
  const w = f64(at);
  const x = f64(at + 8);
  const y = f64(at + 16);
  const z = f64(at + 24);
  let a = wrap(seedA + w);
  let b = rotate(wrap(seedB + a + z), 21n);
  const c = a;
  a = wrap(a + x + y);
  b = wrap(b + rotate(a, 44n));
  return [wrap(a + z), wrap(b + c)];
}
