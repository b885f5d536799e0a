import type { DType } from '../../tensor/index.ts';

/** Datatypes of the protocol, by our names. */
const NAMES: Readonly<Record<DType, string>> = {
  bool: 'BOOL',
  uint8: 'UINT8',
  uint16: 'UINT16',
  uint32: 'UINT32',
  uint64: 'UINT64',
  int8: 'INT8',
  int16: 'INT16',
  int32: 'INT32',
  int64: 'INT64',
  float16: 'FP16',
  bfloat16: 'BF16',
  float32: 'FP32',
  float64: 'FP64',
  string: 'BYTES',
};
const DTYPES: ReadonlyMap<unknown, DType> = new Map(
  Object.entries(NAMES).map(([dtype, name]) => [name, dtype as DType]),
);

export const datatypes: readonly string[] = Object.values(NAMES);

export function datatypeOf(dtype: DType): string {
  return NAMES[dtype];
}

export function dtypeOf(datatype: unknown): DType | undefined {
  return DTYPES.get(datatype);
}
