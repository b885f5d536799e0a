import { fail } from '../../errors/index.ts';
import type { Decoded } from '../../signature/index.ts';
import { defaultMethods, modelReply, namedMethod, rowTexts, writeColumns, writeRows } from '../inference/answers.ts';
import type { Method } from '../inference/methods.ts';
import { runRows } from '../inference/run.ts';
import { parseMediaType, preferred } from '../media-type.ts';
import type { Call, Plane, Reply, Servable } from '../protocol.ts';
import { readCsv } from './csv.ts';
import { readInvocation } from './request.ts';

/** NaN as Python's JSON writes it. */
const STYLE = { odd: 'names' } as const;
export const TYPES: readonly string[] = ['text/csv', 'application/json'];

/** `POST /invocations` of MLflow and SageMaker. `x-amzn-sagemaker-target-model` names one of several models. */
export function invocations(call: Call, plane: Plane): Reply | Promise<Reply> {
  const target = call.header('x-amzn-sagemaker-target-model');
  const model = plane.find(target === undefined ? undefined : targetName(target));
  return model instanceof Promise ? model.then((found) => invoke(call, found, plane)) : invoke(call, model, plane);
}

/** Reads the body by its type, runs, answers `{"predictions": …}` or CSV. */
export function invoke(call: Call, model: Servable, plane: Plane): Promise<Reply> {
  const header = call.header('content-type') ?? 'application/json';
  const { type, charset = 'utf-8' } = parseMediaType(header);
  if (charset !== 'utf-8' && charset !== 'utf8') throw unsupported(header);
  if (type === 'text/csv')
    return readCsv(call, model, plane).then((rows) => run(call, model, rows, defaultMethods(model)));
  if (type !== 'application/json') throw unsupported(header);
  const { rows, params } = readInvocation(model, call.text());
  return run(call, model, rows, methodsFor(model, params));
}

async function run(call: Call, model: Servable, rows: Decoded, methods: readonly Method[]): Promise<Reply> {
  const outputs = await runRows(model, rows, call.signal);
  if (preferred(call.header('accept'), ['application/json', 'text/csv']) === 'text/csv') {
    const lines = rowTexts(methods, outputs, rows.count, STYLE).map(csvLine);
    return modelReply(model, lines.map((line) => `${line}\n`).join(''), 'text/csv; charset=utf-8');
  }
  // A graph answers as MLflow’s ONNX flavour does: an object of whole outputs.
  const isGraph = model.signature.task === 'graph';
  const text = isGraph ? writeColumns(methods, outputs, STYLE, true) : writeRows(methods, outputs, rows.count, STYLE);
  return modelReply(model, `{"predictions":${text}}`);
}

/** `params` choose the method as `pyfunc_predict_fn` does when a model is logged; others are passed by, as MLflow does. */
function methodsFor(model: Servable, params: Readonly<Record<string, unknown>>): readonly Method[] {
  const name = params['pyfunc_predict_fn'];
  return typeof name === 'string' ? [namedMethod(model, name)] : defaultMethods(model);
}

/** `churn.tar.gz` and `models/churn` are the model `churn`. */
function targetName(target: string): string {
  return target.replace(/^.*\//, '').replace(/\.(tar\.gz|tgz)$/, '');
}

function csvLine(json: string): string {
  return json.startsWith('[') && json.endsWith(']')
    ? json.slice(1, -1)
    : json.startsWith('"')
      ? (JSON.parse(json) as string)
      : json;
}

function unsupported(received: string) {
  return fail('UNSUPPORTED_MEDIA_TYPE', { received, expected: TYPES.join(', ') });
}
