import { fail } from '../errors/index.ts';
import type { DType, Tensor, TensorData } from '../tensor/index.ts';
import { arrayOf, bytesOf, dtypeOf, viewOf } from './dtypes.ts';
import { IntList } from './int-list.ts';
import type { WireReader } from './wire-reader.ts';

/** Weights that lie in another file beside the model: a checked name inside its folder and the part of that file. */
export interface ExternalData {
  readonly file: string;
  readonly offset: number;
  /** undefined: to the end of the file. */
  readonly length: number | undefined;
}

/** Gives the `bytes` bytes of external data; undefined leaves the tensor empty, for a reader that only looks for files. */
export type ResolveExternal = (part: ExternalData, bytes: number) => Uint8Array | undefined;

/** Reads a TensorProto: raw bytes or typed fields, or a reference to another file. */
export function readTensor(r: WireReader, resolve: ResolveExternal): { name: string; tensor: Tensor } {
  const dims = new IntList();
  const floats: number[] = [];
  const ints = new IntList();
  const texts: string[] = [];
  const external = new Map<string, string>();
  let raw: Uint8Array | undefined;
  let code = 0;
  let name = '';
  let isExternal = false;
  for (let field = r.next(); field !== 0; field = r.next()) {
    if (field === 1) r.ints(dims);
    else if (field === 2) code = r.small();
    else if (field === 4) r.floats(floats);
    else if (field === 5 || field === 7 || field === 11) r.ints(ints);
    else if (field === 6) texts.push(r.string());
    else if (field === 8) name = r.string();
    else if (field === 9) raw = r.bytes();
    else if (field === 10) r.doubles(floats);
    else if (field === 13) readEntry(r.message(), external);
    else if (field === 14) isExternal = r.small() === 1;
    else r.skip();
  }
  const dtype = dtypeOf(code);
  const shape = Array.from(dims.values() as readonly (number | bigint)[], (dim) => checkedDim(name, dim));
  const size = checkedSize(name, shape);
  if (isExternal) {
    raw = resolve(checkedExternal(name, external), size * bytesOf(dtype));
    if (raw === undefined) return { name, tensor: { dtype, shape: [0], data: [] } };
  }
  const data =
    dtype === 'string'
      ? texts
      : raw
        ? fromRaw(name, dtype, raw)
        : fromFields(dtype, floats, ints.values() as readonly (number | bigint)[]);
  if (data.length !== size) {
    throw invalid(`tensor "${name}" of shape [${shape.join(', ')}] needs ${size} elements and has ${data.length}.`);
  }
  return { name, tensor: { dtype, shape, data } };
}

function readEntry(r: WireReader, into: Map<string, string>): void {
  let key = '';
  let value = '';
  for (let field = r.next(); field !== 0; field = r.next()) {
    if (field === 1) key = r.string();
    else if (field === 2) value = r.string();
    else r.skip();
  }
  into.set(key, value);
}

function fromRaw(name: string, dtype: DType, raw: Uint8Array): TensorData {
  if (raw.length % bytesOf(dtype) !== 0) throw invalid(`tensor "${name}" ends inside an element.`);
  return viewOf(dtype, raw);
}

/** Small integers, float16 and bool share int32_data; float16 is stored as its bits. */
function fromFields(dtype: DType, floats: number[], ints: readonly (number | bigint)[]): TensorData {
  switch (dtype) {
    case 'float32':
      return Float32Array.from(floats);
    case 'float64':
      return Float64Array.from(floats);
    case 'int64':
      return BigInt64Array.from(ints, BigInt);
    case 'uint64':
      return BigUint64Array.from(ints, (value) => BigInt.asUintN(64, BigInt(value)));
    default:
      return arrayOf[dtype as 'int32'].from(ints, Number);
  }
}

function checkedDim(name: string, dim: number | bigint): number {
  if (typeof dim === 'number' && dim >= 0) return dim;
  throw invalid(`tensor "${name}" has a dimension of ${dim}.`);
}

function checkedSize(name: string, shape: readonly number[]): number {
  const size = shape.reduce((product, dim) => product * dim, 1);
  if (size > 2 ** 31) throw invalid(`tensor "${name}" claims a shape of [${shape.join(', ')}].`);
  return size;
}

function checkedExternal(name: string, entries: ReadonlyMap<string, string>): ExternalData {
  const file = entries.get('location') ?? '';
  const segments = file.split('/');
  const isInside = segments.every((part) => part !== '' && part !== '.' && part !== '..') && !/[\\:\0]/.test(file);
  if (!isInside)
    throw invalid(`the data of tensor "${name}" is in ${JSON.stringify(file)}, outside the folder of the model.`);
  const offset = checkedNumber(name, entries.get('offset') ?? '0');
  const length = entries.get('length');
  return { file, offset, length: length === undefined ? undefined : checkedNumber(name, length) };
}

function checkedNumber(name: string, text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw invalid(`the external data of tensor "${name}" has an offset or length of ${JSON.stringify(text)}.`);
}

function invalid(problem: string) {
  return fail('INVALID_GRAPH', { problem });
}
