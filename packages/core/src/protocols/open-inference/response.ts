import { fail } from '../../errors/index.ts';
import { modelReply } from '../inference/answers.ts';
import { versionOf } from '../inference/find.ts';
import { methodsOf, type Method } from '../inference/methods.ts';
import type { Tensors } from '../inference/run.ts';
import { writeFlat } from '../inference/write-tensor.ts';
import type { Reply, Servable } from '../protocol.ts';
import { sizeOf, type Tensor } from '../../tensor/index.ts';
import { writeBinary } from './binary.ts';
import { classified } from './classification.ts';
import { datatypeOf } from './datatype.ts';
import type { InferRequest } from './request.ts';

const STYLE = { odd: 'null' } as const;

interface Wanted {
  readonly method: Method;
  readonly isBinary: boolean;
  readonly classes: number | undefined;
}

/** What the request asks for; INVALID_INPUT before anything runs where the model has no such output. */
export function wantedOutputs(
  model: Servable,
  { outputs, isBinary }: Pick<InferRequest, 'outputs' | 'isBinary'>,
): Wanted[] {
  const methods = methodsOf(model);
  if (!outputs || outputs.length === 0) return methods.map((method) => ({ method, isBinary, classes: undefined }));
  return outputs.map((wanted) => {
    const method = methods.find(({ name }) => name === wanted.name);
    if (!method) {
      const names = methods.map(({ name }) => `'${name}'`).join(', ');
      throw fail('INVALID_INPUT', {
        problem: `unexpected inference output '${wanted.name.slice(0, 80)}' for model '${model.name}', which has ${names}`,
      });
    }
    return { method, isBinary: wanted.isBinary ?? isBinary, classes: wanted.classes };
  });
}

export function writeResponse(
  model: Servable,
  id: string | undefined,
  wanted: readonly Wanted[],
  outputs: Tensors,
): Reply {
  let json = `{"model_name":${JSON.stringify(model.name)},"model_version":"${versionOf(model)}"`;
  if (id !== undefined) json += `,"id":${JSON.stringify(id)}`;
  json += ',"outputs":[';
  const parts: Uint8Array[] = [];
  wanted.forEach((asked, i) => {
    const { method, isBinary } = asked;
    const one = outputTensor(asked, outputs, model);
    json += `${i === 0 ? '' : ','}{"name":${JSON.stringify(method.name)},"datatype":"${datatypeOf(one.dtype)}","shape":[${one.shape.join(',')}]`;
    if (isBinary) {
      const bytes = writeBinary(one);
      parts.push(bytes);
      json += `,"parameters":{"binary_data_size":${bytes.length}}}`;
    } else json += `,"data":[${writeFlat(one, STYLE)}]}`;
  });
  json += ']}';
  if (!wanted.some(({ isBinary }) => isBinary)) return modelReply(model, json);
  const head = new TextEncoder().encode(json);
  const more = ['inference-header-content-length', String(head.length)];
  return modelReply(model, joined([head, ...parts]), 'application/octet-stream', more);
}

/** An output as it is sent. */
export function outputTensor({ method, classes }: Wanted, outputs: Tensors, model: Servable): Tensor {
  const one = method.read(outputs);
  return classes === undefined ? asColumn(one, model) : classified(one, classes, method.name, model);
}

/** Vectors are columns here, as MLServer writes them; outputs of graphs stay as they are. */
function asColumn(one: Tensor, { signature: { task } }: Servable): Tensor {
  return one.shape.length === 1 && task !== 'graph' ? { ...one, shape: [sizeOf(one.shape), 1] } : one;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
