import { fail } from '../../errors/index.ts';
import { received } from '../../signature/index.ts';
import type { Decoded } from '../../signature/index.ts';
import { defaultMethods, modelReply, namedMethod, writeColumns, writeRows } from '../inference/answers.ts';
import { decodeInputs, needsExact } from '../inference/instances.ts';
import { isObject, parseNamedJson } from '../inference/json-names.ts';
import type { Method } from '../inference/methods.ts';
import { runRows } from '../inference/run.ts';
import { errorReply } from '../inference/sentence.ts';
import { splitRows } from '../mlflow/request.ts';
import type { Call, Plane, Protocol, Reply, Servable } from '../protocol.ts';
import { text } from '../reply.ts';

const STYLE = { odd: 'names' } as const;

/**
 * What Azure ML's inference server answers: `POST /score` and `GET /`.
 * @see https://learn.microsoft.com/azure/machine-learning/how-to-inference-server-http
 */
export const azureml: Protocol = {
  id: 'azureml',
  title: 'Azure ML',
  prefixes: ['/score'],
  routes: [
    { method: 'POST', path: '/score', summary: 'Predict', handle: score },
    { method: 'GET', path: '/', access: 'public', summary: 'Healthy', handle: () => text('Healthy') },
  ],
  fail: (error) => errorReply(error),
};

function score(call: Call, plane: Plane): Reply | Promise<Reply> {
  const model = plane.find(undefined);
  return model instanceof Promise ? model.then((found) => answer(call, found)) : answer(call, model);
}

/** A list with one element a row; the designer's and AutoML's `Inputs` are answered by `Results`. */
async function answer(call: Call, model: Servable): Promise<Reply> {
  const { rows, method, isWrapped } = readScore(model, call.text());
  const outputs = await runRows(model, rows, call.signal);
  const isGraph = model.signature.task === 'graph';
  const methods = method === undefined ? defaultMethods(model) : [namedMethod(model, method)];
  const list = isGraph ? writeColumns(methods, outputs, STYLE, true) : writeRows(methods, outputs, rows.count, STYLE);
  return modelReply(model, isWrapped ? `{"Results":${list}}` : list);
}

interface Score {
  readonly rows: Decoded;
  readonly method: Method['name'] | undefined;
  readonly isWrapped: boolean;
}

/** `input_data` (MLflow models), `data` (scikit-learn models), `Inputs` (AutoML), or the rows themselves. */
function readScore(model: Servable, body: string): Score {
  const document = parseNamedJson(body, needsExact(model, body));
  if (!isObject(document)) return { rows: model.rows.decode(document), method: undefined, isWrapped: false };
  const { input_data: input, data, Inputs: inputs, GlobalParameters: parameters, params, method } = document;
  if (input !== undefined) {
    const rows = isObject(input) && Array.isArray(input['data']) ? splitRows(model, input) : decodeInputs(model, input);
    return { rows, method: methodName(isObject(params) ? params['method'] : undefined), isWrapped: false };
  }
  if (inputs !== undefined) {
    const [first] = isObject(inputs) ? Object.values(inputs) : [inputs];
    const chosen = isObject(parameters) ? parameters['method'] : undefined;
    return { rows: decodeInputs(model, first), method: methodName(chosen), isWrapped: true };
  }
  if (data !== undefined && !model.signature.columns.some(({ name }) => name === 'data'))
    return { rows: decodeInputs(model, data), method: methodName(method), isWrapped: false };
  return { rows: model.rows.decode(document), method: undefined, isWrapped: false };
}

function methodName(value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw fail('INVALID_REQUEST', { problem: `method: expected a string, received ${received(value)}.` });
}
