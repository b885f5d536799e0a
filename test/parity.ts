import { readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { importModel, type Imported, type Source } from '@slipway/core/importers';
import { ARRAY_INPUT, evaluator, isArrayOfNumbers, MISSING, type Model, type Row } from '@slipway/core/ir';
import type { OnnxModel } from '@slipway/core/onnx';
import type { Scalar, Signature } from '@slipway/core/signature';
import type { Tensor } from '@slipway/core/tensor';
import { nodeInflate } from '../packages/slipway/src/stores/inflate.ts';
import type { Golden, GoldenRow, GoldenValue } from './fixtures.ts';

/** What runs a graph: rows in, output tensors out. */
export interface Executor {
  readonly id: string;
  run(
    graph: OnnxModel,
    inputs: Readonly<Record<string, Tensor>>,
    rows: number,
  ): Promise<Readonly<Record<string, Tensor>>>;
}

/** How far one output of one executor is from the original library. */
export interface Comparison {
  readonly executor: string;
  readonly method: string;
  /** Largest absolute difference over all rows; 0 for labels that are all equal. */
  readonly maxDifference: number;
  /** Rows beyond the tolerance, first few in words. */
  readonly failures: readonly string[];
}

/** A file or folder as core takes it. */
export function sourceOf(path: string): Source {
  if (!statSync(path).isDirectory()) return { name: basename(path), bytes: bytesOf(path) };
  const files = new Map<string, () => Uint8Array>();
  for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    files.set(relative(path, file).replaceAll('\\', '/'), () => bytesOf(file));
  }
  return { name: basename(path), bytes: undefined, files };
}

function bytesOf(path: string): Uint8Array {
  const buffer = readFileSync(path);
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

export function importPath(path: string, object?: string): Imported {
  return importModel(sourceOf(path), { inflate: nodeInflate, ...(object === undefined ? {} : { object }) });
}

/** Golden rows → a cell per column; null is missing, booleans are 0 and 1. */
export function cellsOf(
  signature: Signature,
  rows: readonly GoldenRow[],
  model: Model | undefined,
): (number | string)[][] {
  const isText = (at: number): boolean =>
    model
      ? model.inputs.some((input) => input.params.position === at && input.dtype === 'string')
      : signature.columns[at]?.type === 'string';
  return rows.map((row) =>
    signature.columns.map((column, at) => {
      const cell =
        typeof row === 'string'
          ? row
          : Array.isArray(row)
            ? row[at]
            : (row as Readonly<Record<string, GoldenValue>>)[column.name];
      if (cell === null || cell === undefined) return isText(at) ? MISSING : NaN;
      if (isText(at)) return typeof cell === 'boolean' && column.numerals ? String(Number(cell)) : String(cell);
      return Number(cell);
    }),
  );
}

/** Cells → the graph's inputs. */
export function tensorsOf(model: Model, cells: readonly (readonly (number | string)[])[]): Record<string, Tensor> {
  const count = cells.length;
  if (isArrayOfNumbers(model)) {
    const width = model.inputs.length;
    const data = new Float64Array(count * width);
    cells.forEach((row, r) => row.forEach((cell, c) => (data[r * width + c] = cell as number)));
    return { [ARRAY_INPUT]: { dtype: 'float64', shape: [count, width], data } };
  }
  const entries = model.inputs.map(({ params, dtype }): [string, Tensor] => {
    const column = cells.map((row) => row[params.position] as number | string);
    const data = dtype === 'string' ? (column as string[]) : Float64Array.from(column as number[]);
    return [params.name, { dtype: dtype === 'string' ? 'string' : 'float64', shape: [count, 1], data }];
  });
  return Object.fromEntries(entries);
}

/** The plain reference as an executor of the model IR. */
export function runReference(model: Model, cells: readonly (readonly (number | string)[])[]): Record<string, Tensor> {
  const evaluate = evaluator(model);
  const rows = cells.map((row) => evaluate(row));
  return Object.fromEntries(
    model.outputs.map(({ name, value }): [string, Tensor] => {
      const all = rows.flatMap((row) => [...(row.get(name) as Row)]);
      const data = value.dtype === 'string' ? (all as string[]) : Float64Array.from(all as number[]);
      return [
        name,
        { dtype: value.dtype === 'string' ? 'string' : 'float64', shape: [cells.length, value.width], data },
      ];
    }),
  );
}

/** Compares every golden output with what an executor answered. */
export function compare(
  executor: string,
  imported: Imported,
  outputs: Readonly<Record<string, Tensor>>,
  golden: Golden,
): Comparison[] {
  const { signature } = imported;
  const methods = signature.outputs.methods ?? {};
  const { rtol, atol } = golden.tolerance ?? { rtol: 1e-9, atol: 1e-12 };
  return Object.entries(golden.outputs).map(([method, expected]) => {
    const tensor = outputs[methods[method] ?? ''];
    if (!tensor) return { executor, method, maxDifference: Infinity, failures: [`no output answers ${method}`] };
    const width = tensor.data.length / golden.rows.length;
    const failures: string[] = [];
    let maxDifference = 0;
    expected.forEach((wanted, row) => {
      const got = Array.from({ length: width }, (_, k) => elementOf(signature, method, tensor, row * width + k, k));
      const elements = flat(wanted, signature);
      elements.forEach((one, k) => {
        const difference = distance(one, got[k]);
        maxDifference = Math.max(maxDifference, difference);
        const allowed = typeof one === 'number' ? Math.max(atol, rtol * Math.abs(one)) : 0;
        if (!(difference <= allowed) && failures.length < 5)
          failures.push(`row ${row}[${k}]: expected ${String(one)}, got ${String(got[k])}`);
      });
      if (elements.length !== got.length && failures.length < 5) {
        failures.push(`row ${row}: expected ${elements.length} numbers, got ${got.length}`);
      }
    });
    return { executor, method, maxDifference, failures };
  });
}

function elementOf(signature: Signature, method: string, tensor: Tensor, at: number, k: number): Scalar {
  const value = tensor.data[at] as number | bigint | string;
  const plain = typeof value === 'bigint' ? Number(value) : value;
  if (method !== 'predict' || signature.outputs.labelIs !== 'position') return plain;
  const classes = signature.targetClasses?.[k] ?? signature.classes ?? [];
  return classes[plain as number] as Scalar;
}

/** Elements in order; a map of labels (ZipMap) in the order of the classes. */
function flat(value: GoldenValue, signature: Signature): (number | string | boolean | null)[] {
  if (Array.isArray(value)) return value.flatMap((item) => flat(item, signature));
  if (typeof value !== 'object' || value === null) return [value];
  return (signature.classes ?? []).map(
    (label) => (value as unknown as Record<string, number>)[String(label)] as number,
  );
}

const special: Readonly<Record<string, number>> = { NaN: NaN, Infinity: Infinity, '-Infinity': -Infinity };

function distance(wanted: Scalar | null, got: Scalar | undefined): number {
  const number = typeof wanted === 'string' && typeof got === 'number' ? special[wanted] : wanted;
  if (typeof number === 'number' && typeof got === 'number') {
    if (Number.isNaN(number) || !Number.isFinite(number)) return Object.is(number, got) ? 0 : Infinity;
    return Math.abs(number - got);
  }
  return number === got || (typeof number === 'boolean' && Number(number) === got) ? 0 : Infinity;
}
