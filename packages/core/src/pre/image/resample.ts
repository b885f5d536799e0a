import type { Pixels } from './pixels.ts';

/** Filters of Pillow by name. */
export type Filter = 'nearest' | 'box' | 'bilinear' | 'hamming' | 'bicubic' | 'lanczos';

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI));

/** Support and weight of each filter (Resample.c). */
const kernels: Readonly<Record<Exclude<Filter, 'nearest'>, readonly [support: number, weight: (x: number) => number]>> =
  {
    box: [0.5, (x) => (x > -0.5 && x <= 0.5 ? 1 : 0)],
    bilinear: [1, (x) => Math.max(0, 1 - Math.abs(x))],
    hamming: [
      1,
      (given) => {
        const x = Math.abs(given);
        if (x === 0) return 1;
        return x >= 1 ? 0 : (Math.sin(x * Math.PI) / (x * Math.PI)) * (0.54 + 0.46 * Math.cos(x * Math.PI));
      },
    ],
    bicubic: [
      2,
      (given) => {
        const x = Math.abs(given);
        const a = -0.5;
        if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
        return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
      },
    ],
    lanczos: [3, (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0)],
  };

/** Weights are whole numbers of 2^-22. */
const PRECISION = 22;

/**
 * Resizes pixels of 8 bits as Pillow's `Image.resize`: wider kernels for smaller pictures, weights in fixed point, rows
 * before columns with 8 bits between them. Bit-equal to it.
 */
export function resize(pixels: Pixels, width: number, height: number, filter: Filter): Pixels {
  if (width === pixels.width && height === pixels.height) return pixels;
  if (filter === 'nearest') return nearest(pixels, width, height);
  const wide = width === pixels.width ? pixels : alongRows(pixels, width, filter);
  return height === pixels.height ? wide : alongColumns(wide, height, filter);
}

interface Weights {
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  readonly size: number;
  readonly values: Int32Array;
}

function weightsOf(from: number, to: number, filter: Exclude<Filter, 'nearest'>): Weights {
  const [reach, weight] = kernels[filter];
  const scale = from / to;
  const stretch = Math.max(1, scale);
  const support = reach * stretch;
  const size = Math.ceil(support) * 2 + 1;
  const [starts, counts, values] = [new Int32Array(to), new Int32Array(to), new Int32Array(to * size)];
  const line = new Float64Array(size);
  const inverse = 1 / stretch;
  for (let at = 0; at < to; at++) {
    const center = (at + 0.5) * scale;
    const start = Math.max(0, Math.trunc(center - support + 0.5));
    const count = Math.min(from, Math.trunc(center + support + 0.5)) - start;
    let sum = 0;
    for (let i = 0; i < count; i++) sum += line[i] = weight((i + start - center + 0.5) * inverse);
    for (let i = 0; i < count; i++) {
      const value = (sum === 0 ? (line[i] as number) : (line[i] as number) / sum) * (1 << PRECISION);
      values[at * size + i] = Math.trunc(value < 0 ? value - 0.5 : value + 0.5);
    }
    starts[at] = start;
    counts[at] = count;
  }
  return { starts, counts, size, values };
}

function alongRows({ width, height, channels, data }: Pixels, to: number, filter: Exclude<Filter, 'nearest'>): Pixels {
  const { starts, counts, size, values } = weightsOf(width, to, filter);
  const out = new Uint8Array(to * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < to; x++) {
      const from = (y * width + (starts[x] as number)) * channels;
      for (let c = 0; c < channels; c++) {
        let sum = 1 << (PRECISION - 1);
        for (let i = 0; i < (counts[x] as number); i++)
          sum += (data[from + i * channels + c] as number) * (values[x * size + i] as number);
        out[(y * to + x) * channels + c] = clip(sum);
      }
    }
  }
  return { width: to, height, channels, data: out };
}

function alongColumns(
  { width, height, channels, data }: Pixels,
  to: number,
  filter: Exclude<Filter, 'nearest'>,
): Pixels {
  const { starts, counts, size, values } = weightsOf(height, to, filter);
  const stride = width * channels;
  const out = new Uint8Array(to * stride);
  for (let y = 0; y < to; y++) {
    const from = (starts[y] as number) * stride;
    for (let x = 0; x < stride; x++) {
      let sum = 1 << (PRECISION - 1);
      for (let i = 0; i < (counts[y] as number); i++)
        sum += (data[from + i * stride + x] as number) * (values[y * size + i] as number);
      out[y * stride + x] = clip(sum);
    }
  }
  return { width, height: to, channels, data: out };
}

function clip(sum: number): number {
  const value = sum >> PRECISION;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

/** Geometry.c: the place in the source grows by the scale, and is rounded down. */
function nearest({ width, height, channels, data }: Pixels, toWidth: number, toHeight: number): Pixels {
  const columns = places(width, toWidth);
  const rows = places(height, toHeight);
  const out = new Uint8Array(toWidth * toHeight * channels);
  for (let y = 0, to = 0; y < toHeight; y++) {
    for (let x = 0; x < toWidth; x++) {
      const from = ((rows[y] as number) * width + (columns[x] as number)) * channels;
      for (let c = 0; c < channels; c++) out[to++] = data[from + c] as number;
    }
  }
  return { width: toWidth, height: toHeight, channels, data: out };
}

function places(from: number, to: number): Int32Array {
  const scale = from / to;
  const found = new Int32Array(to);
  let at = scale * 0.5;
  for (let i = 0; i < to; i++, at += scale) found[i] = Math.min(from - 1, Math.trunc(at));
  return found;
}
