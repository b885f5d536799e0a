import { sizeOf } from '../tensor/index.ts';
import { nearestWithin } from './limits.ts';
import type { Column, Scalar, Signature, TensorSpec } from './signature.ts';

/** Larger tensors have no example: it would drown the document it stands in. */
const MAX_ELEMENTS = 1000;

/** Four pixels: a PNG that is short enough for a document. */
const EXAMPLE_PICTURE =
  'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR42mM4YaOhscCNwSjqxLNLNgAivgWDnq9nKAAAAABJRU5ErkJggg==';

/** A JSON value. */
export type Json = Scalar | null | readonly Json[] | { readonly [key: string]: Json };

/** A row that the model accepts: typical values where training left traces of them. Undefined for large tensors. */
export function exampleRow(signature: Signature): Json | undefined {
  const { form, columns, tensors = [] } = signature;
  switch (form) {
    case 'table':
      return Object.fromEntries(
        columns.filter((column) => column.required).map((column) => [column.name, exampleValue(column)]),
      );
    case 'array':
      return columns.map(exampleValue);
    case 'text':
      return 'The room was clean and the staff were friendly.';
    case 'tensors': {
      if (tensors.some((spec) => sizeOf(dimsOf(spec)) > MAX_ELEMENTS)) return undefined;
      const [only] = tensors;
      if (tensors.length === 1 && only && (only.shape.length > 0 || only.image)) return zeros(only, 0);
      return Object.fromEntries(tensors.map((spec) => [spec.name, zeros(spec, 0)]));
    }
  }
}

/**
 * Rows that the model accepts and that differ, the same ones every time: numbers around the example, or in the range that
 * training saw, and known categories in turn. What is measured with equal rows is not what happens with others.
 */
export function exampleRows(signature: Signature, count: number): Json[] | undefined {
  const first = exampleRow(signature);
  if (first === undefined) return undefined;
  const { form, columns } = signature;
  const fill = (at: number): Json => {
    if (at === 0) return first;
    if (form === 'array') return columns.map((column, i) => variedValue(column, at, i));
    if (form !== 'table') return first;
    const required = columns.flatMap((column, i) => (column.required ? [{ column, i }] : []));
    return Object.fromEntries(required.map(({ column, i }) => [column.name, variedValue(column, at, i)]));
  };
  return Array.from({ length: count }, (_, at) => fill(at));
}

/** The value of a column in one of the rows that differ. */
function variedValue(column: Column, row: number, index: number): Scalar {
  const { type, categories = [], seen = {}, limits = [] } = column;
  const example = exampleValue(column);
  if (categories.length > 0) return categories[(row + index) % categories.length] as Scalar;
  if (type !== 'number' || typeof example !== 'number') return example;
  const { min = example - 2, max = example + 2 } = seen;
  // The fractions of multiples of the golden ratio are spread evenly; another start for each column.
  const part = (row * 0.6180339887498949 + index * 0.7548776662466927) % 1;
  return nearestWithin(limits, min + (max - min) * part);
}

/** A value that a column accepts. */
export function exampleValue(column: Column): Scalar {
  const { type, categories = [], seen = {} } = column;
  if (seen.typical !== undefined)
    return type === 'integer' && typeof seen.typical === 'number' ? Math.round(seen.typical) : seen.typical;
  const [first] = categories;
  if (first !== undefined) return first;
  if (type === 'boolean') return false;
  if (type === 'string') return 'text';
  if (type === 'datetime') return '2026-01-31T08:00:00Z';
  const { min, max } = seen;
  if (min === undefined || max === undefined) return nearestWithin(column.limits ?? [], Math.ceil(min ?? 0));
  const middle = min / 2 + max / 2;
  return type === 'integer' ? Math.round(middle) : Number(middle.toPrecision(3));
}

function dimsOf(spec: TensorSpec): number[] {
  return spec.shape.map((dim) => dim ?? 1);
}

function zeros(spec: TensorSpec, level: number): Json {
  if (spec.image) return EXAMPLE_PICTURE;
  const dims = dimsOf(spec);
  if (level === dims.length) return spec.dtype === 'string' ? 'text' : spec.dtype === 'bool' ? false : 0;
  return Array.from({ length: dims[level] as number }, () => zeros(spec, level + 1));
}
