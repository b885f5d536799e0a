import { damaged } from '../picture.ts';

/** One component of a frame: its blocks of coefficients and, in the end, its samples. */
export interface Component {
  readonly id: number;
  /** Sampling factors. */
  readonly h: number;
  readonly v: number;
  readonly quantizer: number;
  /** Samples that count. */
  readonly width: number;
  readonly height: number;
  /** Blocks in a scan of this component alone. */
  readonly blocksWide: number;
  readonly blocksHigh: number;
  /** Blocks of a row in memory, padded to whole units of interleaved scans. */
  readonly stride: number;
  readonly coefficients: Int16Array;
}

export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly isProgressive: boolean;
  readonly hMost: number;
  readonly vMost: number;
  /** Units of interleaved scans. */
  readonly unitsWide: number;
  readonly unitsHigh: number;
  readonly components: readonly Component[];
}

/** Reads the header of a frame (T.81, B.2.2) whose size was checked; `bytes` are those of the whole file. */
export function readFrame(
  data: Uint8Array,
  isProgressive: boolean,
  width: number,
  height: number,
  bytes: number,
): Frame {
  const count = data[5] as number;
  if (data.length !== 6 + 3 * count) throw damaged('JPEG', 'the header of its frame is damaged');
  const given = Array.from({ length: count }, (_, i) => {
    const [id, sampling, quantizer] = data.subarray(6 + 3 * i) as unknown as [number, number, number];
    return { id, h: sampling >> 4, v: sampling & 15, quantizer };
  });
  if (given.some(({ h, v, quantizer }) => h < 1 || h > 4 || v < 1 || v > 4 || quantizer > 3))
    throw damaged('JPEG', 'the header of its frame is damaged');
  const hMost = Math.max(...given.map(({ h }) => h));
  const vMost = Math.max(...given.map(({ v }) => v));
  const unitsWide = Math.ceil(width / (8 * hMost));
  const unitsHigh = Math.ceil(height / (8 * vMost));
  const blocks = given.reduce((sum, { h, v }) => sum + unitsWide * h * unitsHigh * v, 0);
  // Every block takes a bit at least.
  if (blocks > bytes * 8) throw damaged('JPEG', 'it holds less than its header claims');
  const components = given.map(({ id, h, v, quantizer }): Component => {
    const size = { width: Math.ceil((width * h) / hMost), height: Math.ceil((height * v) / vMost) };
    const stride = unitsWide * h;
    return {
      id,
      h,
      v,
      quantizer,
      ...size,
      blocksWide: Math.ceil(size.width / 8),
      blocksHigh: Math.ceil(size.height / 8),
      stride,
      coefficients: new Int16Array(stride * unitsHigh * v * 64),
    };
  });
  return { width, height, isProgressive, hMost, vMost, unitsWide, unitsHigh, components };
}
