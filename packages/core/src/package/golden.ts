import { fail } from '../errors/index.ts';
import { sizeOf, type DType, type Tensor, type TensorData } from '../tensor/index.ts';
import { textBytes, toJson } from './json.ts';
import { layout, packageLimits } from './layout.ts';
import type { GoldenKind, GoldenSummary } from './manifest.ts';

/** How far a number may lie from the expected one: |a − b| ≤ absolute + relative × |b|. Zero and zero: bit-equal. */
export interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
}

/** One row with the answer that every executor must give, as the tensors of the graph's outputs for N = 1. */
export interface Golden {
  readonly kind: GoldenKind;
  /** The row as a client would send it. */
  readonly row: unknown;
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly tolerance: Tolerance;
}

/** `goldens.jsonl`: one golden a line. */
export function writeGoldens(goldens: readonly Golden[]): Uint8Array {
  return textBytes(
    goldens
      .map(({ kind, row, outputs, tolerance }) => {
        const tensors = Object.entries(outputs).map(
          ([name, { dtype, shape, data }]) => [name, { dtype, shape, data: Array.from<unknown>(data) }] as const,
        );
        return `${toJson({ kind, row, outputs: new Map(tensors), tolerance })}\n`;
      })
      .join(''),
  );
}

export function summarize(goldens: readonly Golden[]): GoldenSummary {
  const count = (kind: GoldenKind) => goldens.filter((golden) => golden.kind === kind).length;
  const original = count('original');
  const crossChecked = count('cross-checked');
  const single = count('single');
  const kind = original ? 'original' : crossChecked ? 'cross-checked' : single ? 'single' : 'none';
  return { kind, original, crossChecked, single };
}

/** Reads `goldens.jsonl`; what is not a golden is PACKAGE_CORRUPT with its line. */
export function readGoldens(bytes: Uint8Array): Golden[] {
  const lines = new TextDecoder().decode(bytes).split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (lines.length > packageLimits.goldens) throw corrupt(lines.length, 'too many goldens');
  return lines.map((line, i) => readGolden(line, i + 1));
}

function readGolden(line: string, at: number): Golden {
  let parsed: Partial<Record<keyof Golden, unknown>>;
  try {
    parsed = Object(JSON.parse(line)) as typeof parsed;
  } catch {
    throw corrupt(at, 'not JSON');
  }
  const { kind, row, outputs, tolerance } = parsed;
  if (kind !== 'original' && kind !== 'cross-checked' && kind !== 'single') throw corrupt(at, 'unknown kind');
  if (row === undefined) throw corrupt(at, 'no row');
  const { relative, absolute } = Object(tolerance) as Record<string, unknown>;
  if (typeof relative !== 'number' || typeof absolute !== 'number') throw corrupt(at, 'no tolerance');
  if (typeof outputs !== 'object' || outputs === null) throw corrupt(at, 'no outputs');
  const tensors = Object.entries(outputs).map(([name, value]) => [name, readTensor(value, at)] as const);
  return { kind, row, outputs: Object.fromEntries(tensors), tolerance: { relative, absolute } };
}

function readTensor(value: unknown, at: number): Tensor {
  const { dtype, shape, data } = Object(value) as Record<string, unknown>;
  if (!Array.isArray(shape) || !shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0) || !Array.isArray(data)) {
    throw corrupt(at, 'an output is not a tensor');
  }
  const dims = shape as number[];
  const make = arrays[dtype as DType];
  if (typeof dtype !== 'string' || !make || data.length !== sizeOf(dims))
    throw corrupt(at, 'an output is not a tensor');
  try {
    return { dtype: dtype as DType, shape: dims, data: make(data) };
  } catch (cause) {
    throw fail(
      'PACKAGE_CORRUPT',
      { path: layout.goldens, problem: `line ${at}: an output is not a tensor` },
      { cause },
    );
  }
}

const arrays: Record<DType, (data: unknown[]) => TensorData> = {
  float16: (data) => Uint16Array.from(data, Number),
  bfloat16: (data) => Uint16Array.from(data, Number),
  float32: (data) => Float32Array.from(data, Number),
  float64: (data) => Float64Array.from(data, Number),
  int8: (data) => Int8Array.from(data, Number),
  int16: (data) => Int16Array.from(data, Number),
  int32: (data) => Int32Array.from(data, Number),
  int64: (data) => BigInt64Array.from(data, (item) => BigInt(item as string)),
  uint8: (data) => Uint8Array.from(data, Number),
  uint16: (data) => Uint16Array.from(data, Number),
  uint32: (data) => Uint32Array.from(data, Number),
  uint64: (data) => BigUint64Array.from(data, (item) => BigInt(item as string)),
  bool: (data) => Uint8Array.from(data, Number),
  string: (data) => data.map(String),
};

function corrupt(line: number, problem: string): Error {
  return fail('PACKAGE_CORRUPT', { path: layout.goldens, problem: `line ${line}: ${problem}` });
}
