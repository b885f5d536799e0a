import { ARRAY_INPUT, TEXT_INPUT, type ColumnType } from '../../signature/index.ts';
import type { DType } from '../../tensor/index.ts';
import { defaultMethods } from '../inference/answers.ts';
import { versionOf, withModel } from '../inference/find.ts';
import { methodsOf, type Method } from '../inference/methods.ts';
import type { Call, Plane, Reply, Servable } from '../protocol.ts';
import { json } from '../reply.ts';
import { DEFAULT_SIGNATURE } from './request.ts';

const DTYPES: Readonly<Record<DType, string>> = {
  float16: 'DT_HALF',
  bfloat16: 'DT_BFLOAT16',
  float32: 'DT_FLOAT',
  float64: 'DT_DOUBLE',
  int8: 'DT_INT8',
  int16: 'DT_INT16',
  int32: 'DT_INT32',
  int64: 'DT_INT64',
  uint8: 'DT_UINT8',
  uint16: 'DT_UINT16',
  uint32: 'DT_UINT32',
  uint64: 'DT_UINT64',
  bool: 'DT_BOOL',
  string: 'DT_STRING',
};
/** The dtype behind `DT_FLOAT`. */
export function dtypeNamed(name: string): DType {
  const found = Object.entries(DTYPES).find(([, known]) => known === name);
  return (found?.[0] ?? 'float32') as DType;
}

const COLUMNS: Readonly<Record<ColumnType, DType>> = {
  number: 'float64',
  integer: 'int64',
  boolean: 'bool',
  string: 'string',
  datetime: 'string',
};

/** `GET …/metadata`: the signatures, as TensorFlow Serving prints a SignatureDefMap. */
export function modelMetadata(call: Call, plane: Plane): Reply | Promise<Reply> {
  return withModel(call, plane, (model) =>
    json({
      model_spec: { name: model.name, signature_name: '', version: versionOf(model) },
      metadata: { signature_def: { signature_def: Object.fromEntries(signatureDefs(model)) } },
    }),
  );
}

/** A tensor of a signature; the rows in front have the size −1. */
type TensorInfo = ReturnType<typeof tensorInfo>;
export interface SignatureDef {
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  readonly outputs: Readonly<Record<string, TensorInfo>>;
  readonly method_name: string;
}

/** One signature for each method of the library, and the default one. */
export function signatureDefs(model: Servable): (readonly [name: string, signature: SignatureDef])[] {
  const inputs = inputsOf(model);
  const named = model.signature.task === 'graph' ? [] : methodsOf(model);
  const signatures = [
    [DEFAULT_SIGNATURE, defaultMethods(model)] as const,
    ...named.map((method) => [method.name, [method]] as const),
  ];
  return signatures.map(([name, methods]) => [name, signature(inputs, methods)] as const);
}

function signature(inputs: SignatureDef['inputs'], methods: readonly Method[]): SignatureDef {
  const outputs = Object.fromEntries(methods.map(({ name, dtype, shape }) => [name, tensorInfo(name, dtype, shape)]));
  return { inputs, outputs, method_name: 'tensorflow/serving/predict' };
}

function inputsOf({ signature: { form, columns, tensors = [] } }: Servable): SignatureDef['inputs'] {
  switch (form) {
    case 'table': {
      const used = columns.filter((column) => column.required);
      return Object.fromEntries(used.map(({ name, type }) => [name, tensorInfo(name, COLUMNS[type], [])]));
    }
    case 'array':
      return { [ARRAY_INPUT]: tensorInfo(ARRAY_INPUT, 'float64', [columns.length]) };
    case 'text':
      return { [TEXT_INPUT]: tensorInfo(TEXT_INPUT, 'string', []) };
    case 'tensors':
      return Object.fromEntries(tensors.map(({ name, dtype, shape }) => [name, tensorInfo(name, dtype, shape)]));
  }
}

function tensorInfo(name: string, dtype: DType, shape: readonly (number | null)[]) {
  const dim = [-1, ...shape.map((size) => size ?? -1)].map((size) => ({ size: String(size), name: '' }));
  return { dtype: DTYPES[dtype], tensor_shape: { dim, unknown_rank: false }, name: `${name}:0` };
}
