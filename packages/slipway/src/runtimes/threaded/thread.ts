/** Runs in the thread: loads one graph and answers one request after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { SlipwayError } from '@slipway/core/errors';
import { readOnnx } from '@slipway/core/onnx';
import { withPre } from '../pre.ts';
import type { LoadedModel, Runtime } from '../runtime.ts';
import type { ThreadData, ThreadProblem, ThreadReply, ThreadRequest } from './messages.ts';

const port = parentPort;
const send = (reply: ThreadReply) => port?.postMessage(reply);

async function runtimeOf(name: ThreadData['runtime']): Promise<Runtime> {
  return name === 'onnx'
    ? (await import('../onnxruntime/index.ts')).onnxruntime
    : (await import('../compiled/index.ts')).compiled;
}

function problemOf(error: unknown): ThreadProblem {
  if (error instanceof SlipwayError) return { code: error.code, message: error.message, hint: error.hint };
  return {
    code: undefined,
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    hint: '',
  };
}

async function answer(model: LoadedModel, { id, inputs, outputs }: ThreadRequest): Promise<void> {
  try {
    send({ kind: 'answer', id, outputs: await model.infer(inputs, { outputs }) });
  } catch (error) {
    send({ kind: 'problem', id, problem: problemOf(error) });
  }
}

try {
  const { graph, runtime, pre, outputs } = workerData as ThreadData;
  const loaded = await (await runtimeOf(runtime)).load(readOnnx(graph), { outputs });
  const model = withPre(loaded, pre);
  let before = Promise.resolve();
  port?.on('message', (request: ThreadRequest) => {
    before = before.then(() => answer(model, request));
  });
  send({ kind: 'ready', inputs: model.inputs, outputs: model.outputs, memory: model.memory });
} catch (error) {
  send({ kind: 'problem', id: undefined, problem: problemOf(error) });
  port?.close();
}
