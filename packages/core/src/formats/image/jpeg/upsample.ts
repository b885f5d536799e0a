/** Samples of one component with the padding of its blocks. */
export interface Plane {
  readonly data: Uint8Array;
  /** Samples of a line in memory. */
  readonly stride: number;
  /** Samples that count. */
  readonly width: number;
  readonly height: number;
}

/**
 * Widens a line of a component to the picture: the triangle filter of libjpeg ("fancy upsampling", jdsample.c) for factors of
 * two, repetition for others. Answers a function from line number to samples; each call overwrites the last.
 */
export function upsampler(plane: Plane, width: number, h: number, v: number): (y: number) => Uint8Array {
  const { data, stride } = plane;
  const out = new Uint8Array(Math.max(width, plane.width * h) + h);
  const lineAt = (y: number) => data.subarray(y * stride, y * stride + plane.width);
  const clamped = (y: number) => lineAt(Math.min(plane.height - 1, Math.max(0, y)));
  if (h === 1 && v === 1) return lineAt;
  if (h === 2 && v === 1 && plane.width > 2) return (y) => wide(lineAt(y), out);
  // Lines lie between two of the component: the nearer one counts three times.
  if (h === 2 && v === 2 && plane.width > 2)
    return (y) => wideAndHigh(lineAt(y >> 1), clamped((y >> 1) + ((y & 1) === 0 ? -1 : 1)), out);
  if (h === 1 && v === 2)
    return (y) => high(lineAt(y >> 1), clamped((y >> 1) + ((y & 1) === 0 ? -1 : 1)), (y & 1) + 1, out);
  return (y) => {
    const line = lineAt(Math.floor(y / v));
    for (let x = 0; x < line.length; x++) out.fill(line[x] as number, x * h, x * h + h);
    return out;
  };
}

function wide(line: Uint8Array, out: Uint8Array): Uint8Array {
  const last = line.length - 1;
  for (let x = 0; x <= last; x++) {
    const value = 3 * (line[x] as number);
    out[2 * x] = x === 0 ? (line[0] as number) : (value + (line[x - 1] as number) + 1) >> 2;
    out[2 * x + 1] = x === last ? (line[last] as number) : (value + (line[x + 1] as number) + 2) >> 2;
  }
  return out;
}

function high(near: Uint8Array, far: Uint8Array, bias: number, out: Uint8Array): Uint8Array {
  for (let x = 0; x < near.length; x++) out[x] = (3 * (near[x] as number) + (far[x] as number) + bias) >> 2;
  return out;
}

function wideAndHigh(near: Uint8Array, far: Uint8Array, out: Uint8Array): Uint8Array {
  const last = near.length - 1;
  const sum = (x: number) => 3 * (near[x] as number) + (far[x] as number);
  let before = 0;
  let value = sum(0);
  for (let x = 0; x <= last; x++) {
    const next = x === last ? 0 : sum(x + 1);
    out[2 * x] = x === 0 ? (value * 4 + 8) >> 4 : (value * 3 + before + 8) >> 4;
    out[2 * x + 1] = x === last ? (value * 4 + 7) >> 4 : (value * 3 + next + 7) >> 4;
    before = value;
    value = next;
  }
  return out;
}
