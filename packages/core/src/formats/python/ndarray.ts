import { fail } from '../../errors/index.ts';
import { describeDtype, type Dtype, type DtypeField } from './dtype.ts';
import { columnToFloat64, columnToInt32, columnToUint8, type NumberColumn } from './numbers.ts';
import { columnMajorToRowMajor } from './order.ts';
import { elementReader } from './elements.ts';
import { PyFloat, type Plain } from './plain.ts';
import { NpScalar } from './scalar.ts';

/**
 * A NumPy array. `data` is a view on the file where possible, in the order of `fortran`; for object arrays it is a list, row-major.
 *
 * Every accessor answers in row-major order whatever the file's order is: scikit-learn saves many a `coef_` in Fortran order.
 */
export class NdArray {
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  readonly fortran: boolean;
  readonly data: Uint8Array | readonly Plain[];

  constructor(shape: readonly number[], dtype: Dtype, fortran: boolean, data: Uint8Array | readonly Plain[]) {
    this.shape = shape;
    this.dtype = dtype;
    this.fortran = fortran;
    this.data = data;
  }

  get size(): number {
    let size = 1;
    for (const dim of this.shape) size *= dim;
    return size;
  }

  /** Numbers; booleans are 0 and 1, `None` in an object array is NaN. Strings and other objects are an error. A copy. */
  toFloat64(): Float64Array {
    const { data } = this;
    if (data instanceof Uint8Array) return this.#ordered(columnToFloat64(this.#column(data)));
    const values = new Float64Array(this.size);
    for (let i = 0; i < values.length; i++) values[i] = numberOf(data[i] as Plain);
    return this.#ordered(values);
  }

  /** Integers and booleans as int32; a value outside of its range is an error. A copy. */
  toInt32(): Int32Array {
    return this.#ordered(columnToInt32(this.#column(this.#bytes())));
  }

  /** Booleans and 8-bit integers as bytes. A copy. */
  toUint8(): Uint8Array {
    return this.#ordered(columnToUint8(this.#column(this.#bytes())));
  }

  /** Elements as plain data: floats are `PyFloat`, 64-bit integers beyond 2^53 (and NaT) are bigint, dates count their unit from 1970. */
  toList(): readonly Plain[] {
    const { data, size } = this;
    let values: Plain[];
    if (data instanceof Uint8Array) {
      const read = elementReader(this.dtype, data);
      values = Array.from({ length: size });
      for (let i = 0; i < size; i++) values[i] = read(i);
    } else {
      values = data.slice(0, size);
    }
    return this.#ordered(values);
  }

  /** One field of a structured array, as an array of its own with the same shape; undefined when there is no such field. */
  field(name: string): NdArray | undefined {
    const field = this.#findField(name);
    if (!field) return undefined;
    const { dtype, offset } = field;
    const { data, size } = this;
    if (!(data instanceof Uint8Array)) return undefined;
    const width = dtype.itemSize;
    const stride = this.dtype.itemSize;
    const bytes = new Uint8Array(size * width);
    for (let i = 0, from = offset, to = 0; i < size; i++, from += stride) {
      for (let b = 0; b < width; b++) bytes[to++] = data[from + b] as number;
    }
    if (!dtype.sub) return new NdArray(this.shape, dtype, this.fortran, bytes);
    const shape = [...this.shape, ...dtype.sub.shape];
    // Only the outer dimensions are column-major: the inner ones are contiguous in each record.
    if (this.fortran && this.shape.length > 1) throw notListed(this.dtype);
    return new NdArray(shape, dtype.sub.base, false, bytes);
  }

  /** Numbers of one field, straight from the records; undefined when there is no such field. */
  fieldFloat64(name: string): Float64Array | undefined {
    const column = this.#fieldColumn(name);
    return column && this.#ordered(columnToFloat64(column));
  }

  /** Integers of one field as int32, straight from the records. */
  fieldInt32(name: string): Int32Array | undefined {
    const column = this.#fieldColumn(name);
    return column && this.#ordered(columnToInt32(column));
  }

  /** Booleans or bytes of one field, straight from the records. */
  fieldUint8(name: string): Uint8Array | undefined {
    const column = this.#fieldColumn(name);
    return column && this.#ordered(columnToUint8(column));
  }

  #findField(name: string): DtypeField | undefined {
    return this.dtype.fields?.find((candidate) => candidate.name === name);
  }

  #fieldColumn(name: string): NumberColumn | undefined {
    const field = this.#findField(name);
    if (!field || !(this.data instanceof Uint8Array)) return undefined;
    return {
      dtype: field.dtype,
      bytes: this.data,
      offset: field.offset,
      stride: this.dtype.itemSize,
      count: this.size,
    };
  }

  #column(bytes: Uint8Array): NumberColumn {
    return { dtype: this.dtype, bytes, offset: 0, stride: this.dtype.itemSize, count: this.size };
  }

  #bytes(): Uint8Array {
    if (this.data instanceof Uint8Array) return this.data;
    throw fail('CORRUPT_FILE', { format: 'numpy', problem: 'expected numbers, found an array of objects' });
  }

  #ordered<T extends Float64Array | Int32Array | Uint8Array | Plain[]>(values: T): T {
    const isColumnMajor = this.fortran && this.data instanceof Uint8Array && this.shape.length > 1;
    return isColumnMajor ? columnMajorToRowMajor(values, this.shape) : values;
  }
}

function numberOf(item: Plain): number {
  if (typeof item === 'number') return item;
  if (typeof item === 'boolean' || typeof item === 'bigint') return Number(item);
  if (item instanceof PyFloat) return item.value;
  if (item instanceof NpScalar) return numberOf(item.value);
  if (item === null) return NaN;
  throw fail('CORRUPT_FILE', { format: 'numpy', problem: 'expected numbers in an array of objects' });
}

function notListed(dtype: Dtype) {
  return fail('CORRUPT_FILE', {
    format: 'numpy',
    problem: `elements of dtype ${describeDtype(dtype)} cannot be read in this order`,
  });
}
