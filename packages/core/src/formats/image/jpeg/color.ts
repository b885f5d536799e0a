/** YCbCr → RGB in the fixed-point arithmetic of libjpeg (jdcolor.c). */
const fixed = (value: number) => Math.floor(value * 65_536 + 0.5);
const redOfCr = new Int32Array(256);
const blueOfCb = new Int32Array(256);
const greenOfCr = new Int32Array(256);
const greenOfCb = new Int32Array(256);
for (let i = 0; i < 256; i++) {
  const x = i - 128;
  redOfCr[i] = (fixed(1.402) * x + 32_768) >> 16;
  blueOfCb[i] = (fixed(1.772) * x + 32_768) >> 16;
  greenOfCr[i] = -fixed(0.71414) * x;
  greenOfCb[i] = -fixed(0.34414) * x + 32_768;
}

/** Converts a line; `invert` gives the inks of YCCK. */
export function writeColors(
  [ys, cbs, crs]: readonly [Uint8Array, Uint8Array, Uint8Array],
  count: number,
  out: Uint8Array,
  at: number,
  step: number,
  invert: boolean,
): void {
  for (let x = 0; x < count; x++) {
    const y = ys[x] as number;
    const cb = cbs[x] as number;
    const cr = crs[x] as number;
    const to = at + x * step;
    const red = clip(y + (redOfCr[cr] as number));
    const green = clip(y + (((greenOfCb[cb] as number) + (greenOfCr[cr] as number)) >> 16));
    const blue = clip(y + (blueOfCb[cb] as number));
    out[to] = invert ? 255 - red : red;
    out[to + 1] = invert ? 255 - green : green;
    out[to + 2] = invert ? 255 - blue : blue;
  }
}

function clip(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}
