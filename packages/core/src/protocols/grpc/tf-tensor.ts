import type { MessageInitShape } from '@bufbuild/protobuf';
import { fail } from '../../errors/index.ts';
import { sizeOf, tensor, type DType, type Tensor } from '../../tensor/index.ts';
import { utf8At } from '../inference/utf8.ts';
import { readBinary } from '../open-inference/binary.ts';
import type { TensorProto, TensorProtoSchema } from './generated/tensorflow_pb.ts';

/** `DataType` of TensorFlow, https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/framework/types.proto */
const NUMBERS: Readonly<Record<DType, number>> = {
  float32: 1,
  float64: 2,
  int32: 3,
  uint8: 4,
  int16: 5,
  int8: 6,
  string: 7,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  uint16: 17,
  float16: 19,
  uint32: 22,
  uint64: 23,
};
const DTYPES: ReadonlyMap<number, DType> = new Map(
  Object.entries(NUMBERS).map(([dtype, number]) => [number, dtype as DType]),
);
const MAX_RANK = 32;
const utf8 = new TextEncoder();

export function dataTypeOf(dtype: DType): number {
  return NUMBERS[dtype];
}

/** A TensorProto: raw content, or a list of values of which the last stands for all that are missing. */
export function readTensor(name: string, proto: TensorProto): Tensor {
  const dtype = DTYPES.get(proto.dtype);
  if (dtype === undefined) throw invalid(name, `the data type ${proto.dtype} is not supported`);
  if (proto.tensorShape?.unknownRank) throw invalid(name, 'its rank is unknown');
  const shape = (proto.tensorShape?.dim ?? []).map(({ size }) => Number(size));
  const count = sizeOf(shape);
  if (
    shape.length > MAX_RANK ||
    shape.some((dim) => dim < 0 || !Number.isSafeInteger(dim)) ||
    !Number.isSafeInteger(count)
  )
    throw invalid(name, `the shape [${shape.slice(0, 8).join(',')}] cannot be`);
  if (proto.tensorContent.length > 0) {
    if (dtype === 'string') throw invalid(name, 'strings have no tensor_content');
    return readBinary(name, dtype, shape, proto.tensorContent);
  }
  const filled = <T>(values: readonly T[]): readonly T[] => {
    if (values.length > count || (values.length === 0 && count > 0) || count > MOST_FILLED)
      throw invalid(name, `expected ${count} values for the shape [${shape.join(',')}], received ${values.length}`);
    if (values.length === count) return values;
    const last = values.at(-1) as T;
    return [...values, ...Array.from({ length: count - values.length }, () => last)];
  };
  switch (dtype) {
    case 'float32':
      return tensor(dtype, shape, Float32Array.from(filled(proto.floatVal)));
    case 'float64':
      return tensor(dtype, shape, Float64Array.from(filled(proto.doubleVal)));
    case 'int32':
      return tensor(dtype, shape, Int32Array.from(filled(proto.intVal)));
    case 'int16':
      return tensor(dtype, shape, Int16Array.from(filled(proto.intVal)));
    case 'int8':
      return tensor(dtype, shape, Int8Array.from(filled(proto.intVal)));
    case 'uint8':
      return tensor(dtype, shape, Uint8Array.from(filled(proto.intVal)));
    case 'uint16':
      return tensor(dtype, shape, Uint16Array.from(filled(proto.intVal)));
    case 'uint32':
      return tensor(dtype, shape, Uint32Array.from(filled(proto.uint32Val)));
    case 'int64':
      return tensor(dtype, shape, BigInt64Array.from(filled(proto.int64Val)));
    case 'uint64':
      return tensor(dtype, shape, BigUint64Array.from(filled(proto.uint64Val)));
    case 'bool':
      return tensor(dtype, shape, Uint8Array.from(filled(proto.boolVal), Number));
    case 'float16':
    case 'bfloat16':
      return tensor(dtype, shape, Uint16Array.from(filled(proto.halfVal)));
    case 'string':
      return tensor(
        dtype,
        shape,
        filled(proto.stringVal).map((bytes, i) => utf8At(`${name}[${i}]`, bytes)),
      );
  }
}

/** A tensor as TensorFlow Serving sends it: as a list of values. */
export function writeTensor({ dtype, shape, data }: Tensor): MessageInitShape<typeof TensorProtoSchema> {
  const numbers = () => Array.from(data as Float64Array);
  const bigs = () => Array.from(data as BigInt64Array);
  const head = { dtype: NUMBERS[dtype], tensorShape: { dim: shape.map((size) => ({ size: BigInt(size) })) } };
  switch (dtype) {
    case 'float32':
      return { ...head, floatVal: numbers() };
    case 'float64':
      return { ...head, doubleVal: numbers() };
    case 'int32':
    case 'int16':
    case 'int8':
    case 'uint8':
    case 'uint16':
      return { ...head, intVal: numbers() };
    case 'uint32':
      return { ...head, uint32Val: numbers() };
    case 'int64':
      return { ...head, int64Val: bigs() };
    case 'uint64':
      return { ...head, uint64Val: bigs() };
    case 'bool':
      return { ...head, boolVal: numbers().map(Boolean) };
    case 'float16':
    case 'bfloat16':
      return { ...head, halfVal: numbers() };
    case 'string':
      return { ...head, stringVal: (data as readonly string[]).map((one) => utf8.encode(one)) };
  }
}

/** A short message must not become a huge tensor. */
const MOST_FILLED = 2 ** 24;

function invalid(name: string, problem: string) {
  return fail('INVALID_REQUEST', { problem: `input '${name.slice(0, 80)}': ${problem}.` });
}
