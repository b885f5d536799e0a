import { create, toBinary } from '@bufbuild/protobuf';
import { fail } from '../../errors/index.ts';
import { labelKey } from '../../signature/index.ts';
import { findNamed, versionOf } from '../inference/find.ts';
import { decodeInstances } from '../inference/instances.ts';
import { methodsOf } from '../inference/methods.ts';
import { runRows } from '../inference/run.ts';
import { utf8At } from '../inference/utf8.ts';
import { bindInputs } from '../open-inference/bind-inputs.ts';
import type { Plane, Servable } from '../protocol.ts';
import { dtypeNamed, signatureDefs, type SignatureDef } from '../tf-serving/metadata.ts';
import { signatureOf } from '../tf-serving/request.ts';
import type { Example } from './generated/tensorflow_pb.ts';
import {
  ModelService,
  ModelVersionStatus_State as State,
  PredictionService,
  SignatureDefMapSchema,
  type Input,
  type ModelSpec,
} from './generated/tf_serving_pb.ts';
import { unary, type GrpcMethod } from './service.ts';
import { dataTypeOf, readTensor, writeTensor } from './tf-tensor.ts';

const { predict, classify, regress, getModelMetadata } = PredictionService.method;

/**
 * TensorFlow Serving on gRPC.
 * @see https://github.com/tensorflow/serving/tree/master/tensorflow_serving/apis
 */
export const tfServingGrpc: readonly GrpcMethod[] = [
  unary(predict, async ({ modelSpec, inputs, outputFilter }, plane, { signal }) => {
    const model = await find(plane, modelSpec);
    const methods = signatureOf(model, modelSpec?.signatureName).filter(
      ({ name }) => outputFilter.length === 0 || outputFilter.includes(name),
    );
    const tensors = new Map(Object.entries(inputs).map(([name, proto]) => [name, readTensor(name, proto)]));
    const outputs = await runRows(model, bindInputs(model, tensors), signal);
    return {
      modelSpec: specOf(model, modelSpec),
      outputs: Object.fromEntries(methods.map((method) => [method.name, writeTensor(method.read(outputs))])),
    };
  }),
  unary(classify, async ({ modelSpec, input }, plane, { signal }) => {
    const model = await find(plane, modelSpec);
    const { task, classes } = model.signature;
    const scores = methodsOf(model).find(({ name }) => name === 'predict_proba');
    if (task !== 'classification' || !classes || !scores) throw wrongMethod(model, 'classify');
    const rows = decodeInstances(model, rowsOf(input));
    const { data } = scores.read(await runRows(model, rows, signal));
    const classifications = Array.from({ length: rows.count }, (_, row) => ({
      classes: classes.map((value, k) => ({
        label: labelKey(value),
        score: Number(data[row * classes.length + k]),
      })),
    }));
    return { modelSpec: specOf(model, modelSpec), result: { classifications } };
  }),
  unary(regress, async ({ modelSpec, input }, plane, { signal }) => {
    const model = await find(plane, modelSpec);
    const [value] = methodsOf(model);
    if (model.signature.task !== 'regression' || !value) throw wrongMethod(model, 'regress');
    const rows = decodeInstances(model, rowsOf(input));
    const { data } = value.read(await runRows(model, rows, signal));
    return {
      modelSpec: specOf(model, modelSpec),
      result: { regressions: Array.from({ length: rows.count }, (_, row) => ({ value: Number(data[row]) })) },
    };
  }),
  unary(getModelMetadata, async ({ modelSpec, metadataField }, plane) => {
    const unknown = metadataField.find((field) => field !== 'signature_def');
    if (unknown !== undefined || metadataField.length === 0)
      throw invalid(`Metadata field ${unknown ?? ''} is not supported; ask for signature_def`);
    const model = await find(plane, modelSpec);
    const signatureDef = Object.fromEntries(signatureDefs(model).map(([name, one]) => [name, protoOf(one)]));
    const value = toBinary(SignatureDefMapSchema, create(SignatureDefMapSchema, { signatureDef }));
    return {
      modelSpec: specOf(model, modelSpec),
      metadata: { signature_def: { typeUrl: 'type.googleapis.com/tensorflow.serving.SignatureDefMap', value } },
    };
  }),
  unary(ModelService.method.getModelStatus, async ({ modelSpec }, plane) => {
    const { name = '' } = modelSpec ?? {};
    const version =
      modelSpec?.versionChoice.case === 'version' ? Number(modelSpec.versionChoice.value.value) : undefined;
    const listed = (await plane.list()).find((model) => model.name === name);
    if (!listed) throw fail('MODEL_NOT_FOUND', { ref: name });
    const states = {
      ready: State.AVAILABLE,
      available: State.START,
      loading: State.LOADING,
      failed: State.END,
    } as const;
    return {
      modelVersionStatus: listed.versions
        .filter((one) => version === undefined || (one.version ?? 1) === version)
        .map((one) => ({
          version: BigInt(one.version ?? 1),
          state: states[one.state],
          status: { errorCode: one.state === 'failed' ? 2 : 0, errorMessage: one.problem ?? '' },
        })),
    };
  }),
];

function find(plane: Plane, spec: ModelSpec | undefined): Promise<Servable> {
  if (!spec?.name) throw invalid('Missing ModelSpec');
  const { name: model, versionChoice: choice } = spec;
  if (choice.case === 'version')
    return Promise.resolve(findNamed(plane, { model, version: String(choice.value.value) }));
  return Promise.resolve(findNamed(plane, choice.case === 'versionLabel' ? { model, label: choice.value } : { model }));
}

function specOf(model: Servable, asked: ModelSpec | undefined) {
  const version = BigInt(versionOf(model));
  const signatureName = asked?.signatureName === '' ? undefined : asked?.signatureName;
  return {
    name: model.name,
    versionChoice: { case: 'version' as const, value: { value: version } },
    signatureName: signatureName ?? 'serving_default',
  };
}

/** Examples as rows: features of one value each; the context holds what all of them share. */
function rowsOf(input: Input | undefined): Record<string, unknown>[] {
  const { kind } = input ?? {};
  if (kind?.case === undefined) throw invalid('Input is empty');
  const context = kind.case === 'exampleListWithContext' && kind.value.context ? recordOf(kind.value.context) : {};
  const rows = kind.value.examples.map((example) => ({ ...context, ...recordOf(example) }));
  if (rows.length === 0) throw invalid('Input is empty');
  return rows;
}

function recordOf({ features }: Example): Record<string, unknown> {
  const entries = Object.entries(features?.feature ?? {}).map(([name, { kind }]): [string, unknown] => {
    const values = (kind.value?.value ?? []) as readonly (Uint8Array | number | bigint)[];
    if (values.length > 1) throw invalid(`Feature ${name.slice(0, 80)}: expected one value, received ${values.length}`);
    const [value] = values;
    if (value instanceof Uint8Array) return [name, utf8At(name, value)];
    return [name, typeof value === 'bigint' ? Number(value) : (value ?? null)];
  });
  return Object.fromEntries(entries);
}

function protoOf({ inputs, outputs, method_name: methodName }: SignatureDef) {
  const infos = (tensors: SignatureDef['inputs']) =>
    Object.fromEntries(
      Object.entries(tensors).map(([key, { name, tensor_shape: shape, dtype }]) => [
        key,
        {
          name,
          dtype: dataTypeOf(dtypeNamed(dtype)),
          tensorShape: { dim: shape.dim.map(({ size }) => ({ size: BigInt(size) })) },
        },
      ]),
    );
  return { inputs: infos(inputs), outputs: infos(outputs), methodName };
}

function wrongMethod({ signature: { task } }: Servable, method: string) {
  return invalid(`This model does not ${method}: it is of the kind ${task}; use Predict`);
}

function invalid(problem: string) {
  return fail('INVALID_REQUEST', { problem: `${problem}.` });
}
