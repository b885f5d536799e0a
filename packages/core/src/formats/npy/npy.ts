import { fail } from '../../errors/index.ts';
import type { Limits } from '../limits/index.ts';
import { makeArray, readPickle } from '../pickle/index.ts';
import {
  hasObjects,
  NdArray,
  parseDtype,
  structuredDtype,
  subArrayDtype,
  type Dtype,
  type DtypeField,
} from '../python/index.ts';
import { latin1, utf8 } from '../text.ts';
import { entryOf, parseLiteral, type Literal } from './literal.ts';

/** Longer than any header of an honest structured dtype; NumPy itself stops at 10 000 characters. */
const LONGEST_HEADER = 64 * 1024;

/** An array file, and the names that its objects refer to when it holds Python objects. */
export interface NpyContent {
  readonly array: NdArray;
  readonly globals: ReadonlyMap<string, number>;
}

/**
 * Reads a `.npy` file, versions 1 to 3: magic, header (a Python dict), data. Object arrays are pickles, read as data.
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function readNpy(bytes: Uint8Array, limits: Limits): NpyContent {
  if (bytes.length < 12 || latin1(bytes, 0, 6) !== '\x93NUMPY') throw damaged('it does not begin like an array file');
  const version = bytes[6] as number;
  if (version < 1 || version > 3) throw damaged(`version ${version} is not known`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (start + length > bytes.length || length > LONGEST_HEADER) throw damaged('the header is damaged');
  const text = version === 3 ? utf8(bytes, start, start + length, 'npy') : latin1(bytes, start, start + length);
  const header = parseLiteral(text);
  const descr = entryOf(header, 'descr');
  const shape = shapeOf(entryOf(header, 'shape'));
  const order = entryOf(header, 'fortran_order');
  if (descr === undefined || !shape || typeof order !== 'boolean') throw damaged('the header is damaged');
  const dtype = dtypeOf(descr, 0);
  const data = bytes.subarray(start + length);
  if (hasObjects(dtype)) return readObjects(shape, dtype, order, data, limits);
  let size = dtype.itemSize;
  for (const dim of shape) size *= dim;
  if (!(size <= data.length))
    throw damaged(`the file ends too early: ${size} bytes of data are expected, ${data.length} are there`);
  return { array: makeArray(shape, dtype, order, data.subarray(0, size)), globals: new Map() };
}

function readObjects(
  shape: readonly number[],
  dtype: Dtype,
  fortran: boolean,
  data: Uint8Array,
  limits: Limits,
): NpyContent {
  const { value, globals } = readPickle(data, limits);
  // Inside is the array itself, as any pickle of an array.
  if (value instanceof NdArray) return { array: value, globals };
  if (!Array.isArray(value)) throw damaged('the objects of the array are missing');
  return { array: makeArray(shape, dtype, fortran, value), globals };
}

function shapeOf(literal: Literal | undefined): number[] | undefined {
  if (!Array.isArray(literal) || literal.length > 64) return undefined;
  const shape = literal as readonly Literal[];
  return shape.every((dim): dim is number => typeof dim === 'number' && dim >= 0) ? [...shape] : undefined;
}

/** `'<f8'`, `('<f8', (2, 3))`, or a list of fields `('name', dtype[, shape])`; padding has an empty name. */
function dtypeOf(descr: Literal, depth: number): Dtype {
  if (depth > 16) throw damaged('the header is damaged');
  if (typeof descr === 'string') return parseDtype(descr);
  if (!Array.isArray(descr)) throw damaged('the header is damaged');
  const items = descr as readonly Literal[];
  if (items.length === 2 && typeof items[0] === 'string') {
    const shape = shapeOf(items[1]);
    if (!shape) throw damaged('the header is damaged');
    return subArrayDtype(parseDtype(items[0]), shape);
  }
  const fields: DtypeField[] = [];
  let offset = 0;
  for (const item of items) {
    const [title, base, shape] = Array.isArray(item) ? (item as readonly Literal[]) : [];
    // A field may have a title beside its name: (title, name).
    const name = Array.isArray(title) ? (title as readonly Literal[])[1] : title;
    if (typeof name !== 'string' || base === undefined) throw damaged('the header is damaged');
    let dtype = dtypeOf(base, depth + 1);
    if (shape !== undefined) {
      const dims = typeof shape === 'number' ? [shape] : shapeOf(shape);
      if (!dims) throw damaged('the header is damaged');
      dtype = subArrayDtype(dtype, dims);
    }
    if (name !== '') fields.push({ name, dtype, offset });
    offset += dtype.itemSize;
  }
  return structuredDtype(fields, offset);
}

function damaged(problem: string) {
  return fail('CORRUPT_FILE', { format: 'npy', problem });
}
