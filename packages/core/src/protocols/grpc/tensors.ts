import type { MessageInitShape } from '@bufbuild/protobuf';
import { fail } from '../../errors/index.ts';
import { sizeOf, tensor, type DType, type Tensor } from '../../tensor/index.ts';
import { utf8At } from '../inference/utf8.ts';
import { readBinary, writeBinary } from '../open-inference/binary.ts';
import { datatypeOf, datatypes, dtypeOf } from '../open-inference/datatype.ts';
import type { InferTensorContents, InferTensorContentsSchema, ModelInferRequest } from './generated/inference_pb.ts';

/** Dimensions that a shape may have. */
const MAX_RANK = 32;
const utf8 = new TextEncoder();

/** Inputs by name: typed contents, or raw little-endian bytes for all of them. */
export function readInputs({ inputs, rawInputContents: raw }: ModelInferRequest): Map<string, Tensor> {
  if (raw.length > 0 && raw.length !== inputs.length)
    throw invalid(`raw_input_contents: expected ${inputs.length} entries, one for each input, received ${raw.length}`);
  const tensors = new Map<string, Tensor>();
  inputs.forEach(({ name, datatype, shape, contents }, i) => {
    const dtype = dtypeOf(datatype);
    if (dtype === undefined)
      throw invalid(
        `input '${name.slice(0, 80)}': expected one of the datatypes ${datatypes.join(', ')}, received ${JSON.stringify(datatype.slice(0, 80))}`,
      );
    if (tensors.has(name)) throw invalid(`input '${name.slice(0, 80)}' is there twice`);
    const dims = readShape(name, shape);
    const bytes = raw[i];
    tensors.set(
      name,
      bytes === undefined ? readContents(name, dtype, dims, contents) : readBinary(name, dtype, dims, bytes),
    );
  });
  return tensors;
}

function readShape(name: string, shape: readonly bigint[]): number[] {
  const dims = shape.map(Number);
  if (
    dims.length > MAX_RANK ||
    dims.some((dim) => dim < 0 || !Number.isSafeInteger(dim)) ||
    !Number.isSafeInteger(sizeOf(dims))
  )
    throw invalid(`input '${name.slice(0, 80)}': the shape [${shape.slice(0, 8).join(',')}] cannot be`);
  return dims;
}

function readContents(name: string, dtype: DType, shape: readonly number[], contents?: InferTensorContents): Tensor {
  const count = sizeOf(shape);
  const sized = <T extends { readonly length: number }>(values: T | undefined): T => {
    if (values?.length === count) return values;
    throw invalid(
      `input '${name.slice(0, 80)}': expected ${count} elements of ${datatypeOf(dtype)} for the shape [${shape.join(',')}], received ${values?.length ?? 0}`,
    );
  };
  switch (dtype) {
    case 'bool':
      return tensor(dtype, shape, Uint8Array.from(sized(contents?.boolContents), Number));
    case 'int8':
      return tensor(dtype, shape, Int8Array.from(within(name, sized(contents?.intContents), -128, 127)));
    case 'int16':
      return tensor(dtype, shape, Int16Array.from(within(name, sized(contents?.intContents), -32_768, 32_767)));
    case 'int32':
      return tensor(dtype, shape, Int32Array.from(sized(contents?.intContents)));
    case 'int64':
      return tensor(dtype, shape, BigInt64Array.from(sized(contents?.int64Contents)));
    case 'uint8':
      return tensor(dtype, shape, Uint8Array.from(within(name, sized(contents?.uintContents), 0, 255)));
    case 'uint16':
      return tensor(dtype, shape, Uint16Array.from(within(name, sized(contents?.uintContents), 0, 65_535)));
    case 'uint32':
      return tensor(dtype, shape, Uint32Array.from(sized(contents?.uintContents)));
    case 'uint64':
      return tensor(dtype, shape, BigUint64Array.from(sized(contents?.uint64Contents)));
    case 'float32':
      return tensor(dtype, shape, Float32Array.from(sized(contents?.fp32Contents)));
    case 'float64':
      return tensor(dtype, shape, Float64Array.from(sized(contents?.fp64Contents)));
    case 'string':
      return tensor(
        dtype,
        shape,
        sized(contents?.bytesContents).map((bytes, i) => utf8At(`${name}[${i}]`, bytes)),
      );
    case 'float16':
    case 'bfloat16':
      throw invalid(
        `input '${name.slice(0, 80)}': ${datatypeOf(dtype)} has no typed contents; send raw_input_contents`,
      );
  }
}

function within(name: string, values: readonly number[], least: number, most: number): readonly number[] {
  const at = values.findIndex((value) => value < least || value > most);
  if (at < 0) return values;
  throw invalid(`input '${name.slice(0, 80)}'[${at}]: expected ${least} to ${most}, received ${values[at]}`);
}

/** An output as typed contents; undefined where there are none of its datatype. */
export function contentsOf({ dtype, data }: Tensor): MessageInitShape<typeof InferTensorContentsSchema> | undefined {
  const numbers = () => Array.from(data as Float64Array);
  const bigs = () => Array.from(data as BigInt64Array);
  switch (dtype) {
    case 'bool':
      return { boolContents: numbers().map(Boolean) };
    case 'int8':
    case 'int16':
    case 'int32':
      return { intContents: numbers() };
    case 'int64':
      return { int64Contents: bigs() };
    case 'uint8':
    case 'uint16':
    case 'uint32':
      return { uintContents: numbers() };
    case 'uint64':
      return { uint64Contents: bigs() };
    case 'float32':
      return { fp32Contents: numbers() };
    case 'float64':
      return { fp64Contents: numbers() };
    case 'string':
      return { bytesContents: (data as readonly string[]).map((one) => utf8.encode(one)) };
    case 'float16':
    case 'bfloat16':
      return undefined;
  }
}

/** An output as raw little-endian bytes. */
export function rawOf(one: Tensor): Uint8Array {
  return writeBinary(one);
}

function invalid(problem: string) {
  return fail('INVALID_REQUEST', { problem: `${problem}.` });
}
