import type { Tolerance } from './golden.ts';
import type { Tensor } from '../tensor/index.ts';

/** Where two answers differ. */
export interface Difference {
  readonly output: string;
  readonly row: number;
  /** Position in the row's part of the output. */
  readonly at: number;
  readonly expected: number | bigint | string;
  readonly got: number | bigint | string;
}

/** Contract of a float64 graph. */
export const float64Tolerance: Tolerance = { relative: 1e-9, absolute: 1e-12 };
/** Contract of graphs that compute in float32, such as XGBoost's and neural networks. */
export const float32Tolerance: Tolerance = { relative: 1e-5, absolute: 1e-7 };
/** Bit-equal; only the sign of zero is free. */
export const exact: Tolerance = { relative: 0, absolute: 0 };

/** True when a number is as close to the expected one as the tolerance asks. NaN equals NaN. */
export function isClose(got: number, expected: number, { relative, absolute }: Tolerance): boolean {
  if (got === expected || (Number.isNaN(got) && Number.isNaN(expected))) return true;
  if (!Number.isFinite(expected)) return false;
  return Math.abs(got - expected) <= absolute + relative * Math.abs(expected);
}

/** The first difference of two sets of outputs that hold the same rows; outputs that only one has are passed by. */
export function firstDifference(
  expected: Readonly<Record<string, Tensor>>,
  got: Readonly<Record<string, Tensor>>,
  tolerance: Tolerance,
  isFree: (output: string, row: number) => boolean = () => false,
): Difference | undefined {
  for (const [output, tensor] of Object.entries(expected)) {
    const other = got[output];
    if (!other) continue;
    const rows = tensor.shape[0] ?? 1;
    const width = rows === 0 ? 0 : tensor.data.length / rows;
    for (let i = 0; i < tensor.data.length; i++) {
      const [a, b] = [tensor.data[i] ?? '', other.data[i] ?? ''];
      if (isSame(b, a, tolerance)) continue;
      const row = Math.floor(i / width);
      if (!isFree(output, row)) return { output, row, at: i % width, expected: a, got: b };
    }
  }
  return undefined;
}

function isSame(got: number | bigint | string, expected: number | bigint | string, tolerance: Tolerance): boolean {
  if (typeof got === 'number' && typeof expected === 'number') return isClose(got, expected, tolerance);
  return got === expected;
}

/** `probabilities[1] of row 3: expected 0.25, got 0.5` */
export function explain({ output, row, at, expected, got }: Difference): string {
  return `${output}[${at}] of row ${row}: expected ${String(expected)}, got ${String(got)}`;
}
