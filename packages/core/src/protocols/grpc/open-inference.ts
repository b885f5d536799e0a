import type { MessageInitShape } from '@bufbuild/protobuf';
import { SlipwayError } from '../../errors/index.ts';
import { findNamed, versionOf } from '../inference/find.ts';
import { runRows } from '../inference/run.ts';
import { sentenceOf } from '../inference/sentence.ts';
import { bindInputs } from '../open-inference/bind-inputs.ts';
import { datatypeOf } from '../open-inference/datatype.ts';
import { modelMetadata } from '../open-inference/metadata.ts';
import { readClassCount } from '../open-inference/classification.ts';
import { repositoryIndex } from '../open-inference/repository.ts';
import { outputTensor, wantedOutputs } from '../open-inference/response.ts';
import type { ListedModel, Plane, Servable } from '../protocol.ts';
import {
  GRPCInferenceService,
  type ModelInferRequest,
  type ModelInferResponseSchema,
} from './generated/inference_pb.ts';
import { streaming, unary, type GrpcCall, type GrpcMethod } from './service.ts';
import { contentsOf, rawOf, readInputs } from './tensors.ts';

const { method } = GRPCInferenceService;

/**
 * Open Inference Protocol 2 on gRPC, with streams, repository and statistics as Triton's clients call them.
 * @see https://github.com/kserve/open-inference-protocol
 */
export const openInferenceGrpc: readonly GrpcMethod[] = [
  unary(method.serverLive, () => ({ live: true }), 'public'),
  unary(
    method.serverReady,
    async (_request, plane) => ({
      ready: plane.isDraining?.() !== true && isReady(await plane.list()),
    }),
    'public',
  ),
  unary(method.modelReady, async ({ name, version }, plane) => ({ ready: await answers(plane, name, version) })),
  unary(method.serverMetadata, () => ({
    name: 'slipway',
    version: '2',
    extensions: ['classification', 'model_repository', 'statistics'],
  })),
  unary(method.modelMetadata, async ({ name, version }, plane) => {
    const { inputs, outputs, ...facts } = modelMetadata(await find(plane, name, version));
    const withBigShapes = (tensors: typeof inputs) =>
      tensors.map(({ shape, ...rest }) => ({ ...rest, shape: shape.map(BigInt) }));
    return { ...facts, inputs: withBigShapes(inputs), outputs: withBigShapes(outputs) };
  }),
  unary(method.modelInfer, infer),
  streaming(method.modelStreamInfer, inferEach),
  unary(method.repositoryIndex, async ({ ready }, plane) => ({ models: await repositoryIndex(plane, ready) })),
  unary(
    method.repositoryModelLoad,
    async ({ modelName }, plane) => {
      await plane.load(modelName);
      return {};
    },
    'deploy',
  ),
  unary(
    method.repositoryModelUnload,
    async ({ modelName }, plane) => {
      await plane.unload(modelName);
      return {};
    },
    'deploy',
  ),
  unary(method.modelStatistics, async ({ name, version }, plane) => ({
    modelStats: (await loaded(plane, name, version)).map((model) => {
      const { rows, runs, failures, lastAt, nanoseconds } = model.statistics;
      return {
        name: model.name,
        version: versionOf(model),
        lastInference: BigInt(Math.round(lastAt)),
        inferenceCount: BigInt(rows),
        executionCount: BigInt(runs),
        inferenceStats: {
          success: { count: BigInt(runs), ns: BigInt(Math.round(nanoseconds)) },
          fail: { count: BigInt(failures), ns: 0n },
          computeInfer: { count: BigInt(runs), ns: BigInt(Math.round(nanoseconds)) },
        },
      };
    }),
  })),
];

async function infer(
  request: ModelInferRequest,
  plane: Plane,
  { signal }: GrpcCall,
): Promise<MessageInitShape<typeof ModelInferResponseSchema>> {
  const model = await find(plane, request.modelName, request.modelVersion);
  const isRaw = request.rawInputContents.length > 0;
  const names = request.outputs.map(({ name, parameters }) => ({
    name,
    isBinary: undefined,
    classes: readClassCount(
      parameters['classification']?.parameterChoice.value,
      `output '${name.slice(0, 80)}': classification`,
    ),
  }));
  const wanted = wantedOutputs(model, { outputs: names, isBinary: isRaw });
  const rows = bindInputs(model, readInputs(request));
  const outputs = await runRows(model, rows, signal);
  const tensors = wanted.map((one) => outputTensor(one, outputs, model));
  // The form of the inputs is the form of the outputs; what has no typed contents makes all of them raw.
  const contents = isRaw ? [] : tensors.map(contentsOf);
  const allRaw = isRaw || contents.includes(undefined);
  return {
    modelName: model.name,
    modelVersion: versionOf(model),
    id: request.id,
    outputs: tensors.map(({ dtype, shape }, i) => ({
      name: wanted[i]?.method.name ?? '',
      datatype: datatypeOf(dtype),
      shape: shape.map(BigInt),
      ...(allRaw ? {} : { contents: contents[i] ?? {} }),
    })),
    rawOutputContents: allRaw ? tensors.map(rawOf) : [],
  };
}

/** Each request of the stream has its answer, in order; one that is wrong does not end the stream. */
async function* inferEach(requests: AsyncIterable<ModelInferRequest>, plane: Plane, call: GrpcCall) {
  for await (const request of requests) {
    call.signal.throwIfAborted();
    try {
      yield { inferResponse: await infer(request, plane, call) };
    } catch (error) {
      if (!(error instanceof SlipwayError) || error.status >= 500) throw error;
      yield { errorMessage: sentenceOf(error), inferResponse: { id: request.id } };
    }
  }
}

function find(plane: Plane, model: string, version: string): Promise<Servable> {
  return Promise.resolve(findNamed(plane, version === '' ? { model } : { model, version }));
}

async function answers(plane: Plane, name: string, version: string): Promise<boolean> {
  if (plane.isDraining?.()) return false;
  try {
    await find(plane, name, version);
    return true;
  } catch (error) {
    if (error instanceof SlipwayError && error.code === 'NOT_READY') return false;
    throw error;
  }
}

/** The model that is asked for, or all in memory. */
async function loaded(plane: Plane, name: string, version: string): Promise<Servable[]> {
  if (name !== '') return [await find(plane, name, version)];
  const models: Servable[] = [];
  for (const { name: model, versions } of await plane.list())
    for (const { version: number, state } of versions)
      if (state === 'ready') models.push(await find(plane, model, number === undefined ? '' : String(number)));
  return models;
}

function isReady(models: readonly ListedModel[]): boolean {
  return models.every(({ versions }) => versions.every(({ state }) => state === 'ready' || state === 'available'));
}
