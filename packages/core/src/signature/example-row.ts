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
