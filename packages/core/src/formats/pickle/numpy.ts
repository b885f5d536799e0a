import { fail } from '../../errors/index.ts';
import { elementReader, isListable } from '../python/elements.ts';
import {
  describeDtype,
  hasObjects,
  NdArray,
  NpDtype,
  NpScalar,
  parseDtype,
  PyBytes,
  PyDict,
  PyGlobal,
  PySet,
  PyTuple,
  structuredDtype,
  subArrayDtype,
  type Dtype,
  type Plain,
} from '../python/index.ts';
import { rowMajorStrides, visitStrided } from '../python/order.ts';
import { latin1, latin1Bytes } from '../text.ts';
import type { Budget } from './budget.ts';

/** Elements of a dtype without bytes (`S0`), which no length in the file bounds. */
const MOST_EMPTY_ELEMENTS = 1_000_000;

/** Array classes whose state is that of `numpy.ndarray`. */
const arrayClasses = new Set(['numpy.ndarray', 'numpy.matrix', 'numpy.memmap', 'numpy.recarray', 'numpy.rec.recarray']);

/** `numpy._core.multiarray._reconstruct(cls, (0,), b'b')`: an empty array that BUILD fills; undefined for classes with a state of their own. */
export function reconstructArray(args: readonly Plain[]): NdArray | undefined {
  const cls = args[0];
  if (!(cls instanceof PyGlobal && arrayClasses.has(cls.path.replace('numpy.matrixlib.defmatrix.', 'numpy.'))))
    return undefined;
  return new NdArray([0], { kind: 'i', itemSize: 1, littleEndian: true }, false, new Uint8Array(0));
}

/** BUILD of an array: `(version, shape, dtype, is_fortran, data)`; very old files leave out the version. */
export function fillArray(array: NdArray, state: Plain, budget: Budget): void {
  const parts = state instanceof PyTuple ? state.items : [];
  const [shape, dtype, fortran, data] = parts.length === 5 ? parts.slice(1) : parts;
  if (parts.length < 4 || data === undefined) throw invalid('the state of an array is not that of numpy.ndarray');
  const filled = makeArray(readShape(shape), dtypeOf(dtype), fortran === true || fortran === 1, dataOf(data, budget));
  Object.assign(array, filled);
}

/** `numpy._core.numeric._frombuffer(buffer, dtype, shape, order[, axes])` of protocol 5. */
export function arrayFromBuffer(args: readonly Plain[], budget: Budget): NdArray {
  const [buffer, dtype, shape, order, axes] = args;
  if (!(buffer instanceof PyBytes)) throw invalid('an array has no buffer');
  const array = makeArray(readShape(shape), dtypeOf(dtype), order === 'F', buffer.bytes);
  return order === 'K' && axes instanceof PyTuple ? transpose(array, readShape(axes), budget) : array;
}

/** Checks that the data is exactly what shape and dtype say. */
export function makeArray(
  shape: readonly number[],
  dtype: Dtype,
  fortran: boolean,
  data: Uint8Array | readonly Plain[],
): NdArray {
  let size = 1;
  for (const dim of shape) size *= dim;
  if (data instanceof Uint8Array) {
    if (hasObjects(dtype)) throw invalid('an array of objects has bytes instead of objects');
    if (size * dtype.itemSize !== data.length) {
      throw invalid(
        `an array of shape (${shape.join(', ')}) and dtype ${describeDtype(dtype)} has ${data.length} bytes`,
      );
    }
    if (dtype.itemSize === 0 && size > MOST_EMPTY_ELEMENTS) throw invalid('an array has too many empty elements');
  } else if (dtype.kind !== 'O') {
    throw fail('UNSUPPORTED_FORMAT', {
      what: `An array of dtype ${describeDtype(dtype)}`,
      why: 'its records hold Python objects.',
      advice: 'Store the fields as separate arrays and save the model again.',
    });
  } else if (size !== data.length) {
    throw invalid(
      `an array of shape (${shape.join(', ')}) and dtype ${describeDtype(dtype)} has ${data.length} objects`,
    );
  }
  // NumPy lists objects in row-major order whatever the order of the array is.
  return new NdArray(shape, dtype, fortran && data instanceof Uint8Array, data);
}

/** `numpy.dtype('f8', False, True)`; undefined when the argument is no text. */
export function dtypeFromText(args: readonly Plain[]): NpDtype | undefined {
  const text = args[0] instanceof PyBytes ? latin1(args[0].bytes) : args[0];
  return typeof text === 'string' ? new NpDtype(parseDtype(text)) : undefined;
}

/** BUILD of a dtype: `(version, byte order, sub-array, names, fields, item size, alignment, flags[, metadata])`. */
export function fillDtype(target: NpDtype, state: Plain): void {
  const parts = state instanceof PyTuple ? state.items : [];
  const [order, sub, names, fields, itemSize, , , metadata] = typeof parts[0] === 'number' ? parts.slice(1) : parts;
  if (parts.length < 5) throw invalid('the state of a dtype is not that of numpy.dtype');
  const { kind, unit } = target.dtype;
  const known = typeof itemSize === 'number' && itemSize >= 0 ? itemSize : target.dtype.itemSize;
  if (sub instanceof PyTuple) {
    const [base, shape] = sub.items;
    target.dtype = subArrayDtype(dtypeOf(base), typeof shape === 'number' ? [shape] : readShape(shape));
  } else if (names instanceof PyTuple && fields instanceof PyDict) {
    target.dtype = structuredDtype(
      names.items.map((name) => readField(name, fields)),
      known,
    );
  } else {
    target.dtype = { kind, itemSize: known, littleEndian: order !== '>', unit: unitOf(metadata) ?? unit };
  }
}

function readField(nameOrBytes: Plain, fields: PyDict) {
  const name = nameOrBytes instanceof PyBytes ? latin1(nameOrBytes.bytes) : nameOrBytes;
  const entry = fields.get(nameOrBytes);
  if (typeof name !== 'string' || !(entry instanceof PyTuple))
    throw invalid('a field of a structured dtype is not described');
  const [dtype, offset] = entry.items;
  return { name, dtype: dtypeOf(dtype), offset: typeof offset === 'number' ? offset : -1 };
}

/** Metadata of dates: `(None, (b'ns', 25, 1, 1))` is `25ns`. */
function unitOf(metadata: Plain | undefined): string | undefined {
  const date = metadata instanceof PyTuple ? metadata.items[1] : undefined;
  if (!(date instanceof PyTuple)) return undefined;
  const [unit, count] = date.items;
  const name = unit instanceof PyBytes ? latin1(unit.bytes) : unit;
  if (typeof name !== 'string' || name.length > 20) return undefined;
  return typeof count === 'number' && count > 1 ? `${count}${name}` : name;
}

/** `numpy._core.multiarray.scalar(dtype, bytes)`; with an object dtype it is the object itself. */
export function makeScalar(args: readonly Plain[], budget: Budget): Plain {
  const dtype = dtypeOf(args[0]);
  const raw = args[1];
  if (dtype.kind === 'O' && raw !== undefined) return raw;
  if (raw === undefined) throw invalid('a scalar has no value');
  const bytes = dataOf(raw, budget);
  if (!(bytes instanceof Uint8Array) || bytes.length !== dtype.itemSize) {
    throw invalid(`a scalar of dtype ${describeDtype(dtype)} has another size`);
  }
  budget.copy(bytes.length);
  return new NpScalar(dtype, isListable(dtype) ? elementReader(dtype, bytes)(0) : new PyBytes(bytes));
}

/** A dtype on the stack, or an error for what is none (such as dtypes of other libraries). */
function dtypeOf(value: Plain | undefined): Dtype {
  if (value instanceof NpDtype) return value.dtype;
  throw invalid('an array has a dtype that is not one of NumPy’s built-in types');
}

/** A tuple or list of non-negative integers. */
export function readShape(value: Plain | undefined): number[] {
  const items = value instanceof PyTuple ? value.items : value;
  if (!Array.isArray(items) || items.length > 64) throw invalid('the shape of an array is not a tuple of integers');
  return items.map((item: Plain) => {
    const dim = item instanceof NpScalar ? item.value : item;
    if (typeof dim !== 'number' || !Number.isSafeInteger(dim) || dim < 0) {
      throw invalid('the shape of an array is not a tuple of integers');
    }
    return dim;
  });
}

/** Bytes, a Latin-1 string of Python 2, or the list of an object array. */
function dataOf(data: Plain, budget: Budget): Uint8Array | readonly Plain[] {
  if (data instanceof PyBytes) return data.bytes;
  if (Array.isArray(data)) return data as readonly Plain[];
  if (data instanceof PySet || typeof data !== 'string') throw invalid('an array has no data');
  budget.copy(data.length);
  const bytes = latin1Bytes(data);
  if (!bytes) throw invalid('an array has text instead of bytes');
  return bytes;
}

/** `array.transpose(axes)`; reversed axes are only another order, the rest is copied. */
function transpose(array: NdArray, axes: readonly number[], budget: Budget): NdArray {
  const { shape, dtype, data } = array;
  if (axes.length !== shape.length || axes.toSorted((a, b) => a - b).some((axis, i) => axis !== i)) {
    throw invalid('the axes of an array are not a permutation');
  }
  const outer = axes.map((axis) => shape[axis] as number);
  if (axes.every((axis, i) => axis === axes.length - 1 - i)) return new NdArray(outer, dtype, true, data);
  const strides = rowMajorStrides(shape);
  const bytes = data as Uint8Array;
  budget.copy(bytes.length);
  const out = new Uint8Array(bytes.length);
  const width = dtype.itemSize;
  visitStrided(
    outer,
    axes.map((axis) => strides[axis] as number),
    width,
    (from, to) => {
      for (let b = 0; b < width; b++) out[to + b] = bytes[from + b] as number;
    },
  );
  return new NdArray(outer, dtype, false, out);
}

function invalid(problem: string) {
  return fail('CORRUPT_FILE', { format: 'pickle', problem });
}
