import { fail } from '@slipway/core/errors';
import { json, type Call, type Plane, type Reply, type Route } from '@slipway/core/protocols';
import { bindAnswers, type AnswerValue } from '@slipway/core/signature';
import { judge, keyOf, type FeedbackStore, type LoggedPrediction, type Outcome } from '../../journal/index.ts';

/** Outcomes of one request. */
const MOST_OUTCOMES = 1000;
const FIELDS = new Set(['request_id', 'row_index', 'row', 'model', 'actual']);

type Given = Readonly<Record<string, unknown>>;

/** `POST /api/v1/feedback`: what came true. `GET /api/v1/feedback/summary`: how versions do by it. */
export function feedbackRoutes(feedback: FeedbackStore, logsRequests: boolean): Route[] {
  return [
    {
      method: 'POST',
      path: '/api/v1/feedback',
      access: 'predict',
      handle: (call, plane) => give(feedback, logsRequests, call, plane),
    },
    {
      method: 'GET',
      path: '/api/v1/feedback/summary',
      access: 'read',
      async handle(call) {
        const { versions, pending } = await feedback.count();
        const model = call.query('model');
        const shown = versions.filter(
          (one) => call.may('read', one.model) && (model === undefined || one.model === model),
        );
        return json({ versions: shown, pending });
      },
    },
  ];
}

async function give(feedback: FeedbackStore, logsRequests: boolean, call: Call, plane: Plane): Promise<Reply> {
  const { items, isArray } = readItems(call);
  const at = (i: number) => (isArray ? `[${i}].` : '');
  const asked = items.flatMap((item, i) => ('row' in item ? [] : [idOf(item, at(i))]));
  const known = await feedback.predictionsOf(asked);
  const outcomes: Outcome[] = [];
  let pending = 0;
  for (const [i, item] of items.entries()) {
    const actual = item['actual'] as AnswerValue;
    const outcome =
      'row' in item
        ? { request_id: call.requestId, row_index: i, actual, prediction: await predict(item, i, at(i), call, plane) }
        : { ...idOf(item, at(i)), actual, prediction: known.get(keyOf(idOf(item, at(i)))) };
    const { prediction } = outcome;
    if (prediction === undefined) {
      // A key that is bound to models must not reach another model by waiting for its request.
      if (!logsRequests || !call.may('predict', '')) throw fail('REQUEST_NOT_FOUND', { id: outcome.request_id });
      pending++;
    } else {
      if (!call.may('predict', prediction.model))
        throw fail('FORBIDDEN', { needed: `predict:${prediction.model}`, held: 'another' });
      if (judge(prediction.task, prediction.prediction, actual) === undefined)
        throw invalid(
          `${at(i)}actual: expected a value like the prediction ${JSON.stringify(prediction.prediction)}, received ${received(actual)}.`,
        );
    }
    outcomes.push(outcome);
  }
  if (outcomes.length > 0) await feedback.give(outcomes, call.caller);
  return json({ accepted: outcomes.length, joined: outcomes.length - pending, pending });
}

/** What the model answers to a row now. */
async function predict(item: Given, index: number, place: string, call: Call, plane: Plane): Promise<LoggedPrediction> {
  const { model: ref, row } = item;
  if (ref !== undefined && typeof ref !== 'string')
    throw invalid(`${place}model: expected a string, received ${received(ref)}.`);
  const model = await plane.find(ref);
  const { tensors, single } = model.rows.decode(row, { extra: 'ignore' });
  if (!single) throw invalid(`${place}row: expected one row, received several.`);
  const outputs = await model.infer(tensors, 1, call.signal);
  const { prediction } = bindAnswers(model.signature, outputs).value(0);
  if (prediction === undefined)
    throw invalid(`${place}model: the answers of ${model.name} have no prediction to compare with.`);
  const { name, version, digest, signature } = model;
  return {
    request_id: call.requestId,
    row_index: index,
    model: name,
    version,
    digest,
    task: signature.task,
    prediction,
    at: Date.now(),
  };
}

function idOf(item: Given, place: string): Pick<Outcome, 'request_id' | 'row_index'> {
  const { request_id: id, row_index: index = 0 } = item;
  if (typeof id !== 'string' || id === '' || id.length > 128)
    throw invalid(`${place}request_id: expected the x-request-id of an answer, or a row, received ${received(id)}.`);
  if (typeof index !== 'number' || !Number.isSafeInteger(index) || index < 0)
    throw invalid(`${place}row_index: expected a whole number from 0, received ${received(index)}.`);
  return { request_id: id, row_index: index };
}

function readItems(call: Call): { readonly items: readonly Given[]; readonly isArray: boolean } {
  const type = call.header('content-type');
  if (type !== undefined && !/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(type))
    throw fail('UNSUPPORTED_MEDIA_TYPE', { received: type, expected: 'application/json' });
  let document: unknown;
  try {
    document = JSON.parse(call.text());
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw fail('INVALID_JSON', { problem: cause.message }, { cause, hint: 'Send {"request_id": …, "actual": …}.' });
  }
  const isArray = Array.isArray(document);
  const items: readonly unknown[] = isArray ? (document as unknown[]) : [document];
  if (items.length > MOST_OUTCOMES)
    throw fail('INVALID_REQUEST', { problem: `The body: expected at most ${MOST_OUTCOMES} outcomes.` });
  return { items: items.map((item, i) => readItem(item, isArray ? `[${i}].` : '')), isArray };
}

function readItem(item: unknown, place: string): Given {
  if (typeof item !== 'object' || item === null || Array.isArray(item))
    throw invalid(`${place || 'The body: '}expected an object, received ${received(item)}.`);
  const given = item as Given;
  const unknown = Object.keys(given).find((name) => !FIELDS.has(name));
  if (unknown !== undefined)
    throw invalid(
      `${place}${JSON.stringify(unknown.slice(0, 80))} is no field of feedback; it takes ${[...FIELDS].join(', ')}.`,
    );
  if (!Object.hasOwn(given, 'actual') || given['actual'] === null)
    throw invalid(`${place}actual: expected what came true, received nothing.`);
  if (Object.hasOwn(given, 'row') === Object.hasOwn(given, 'request_id'))
    throw invalid(`${place}request_id: expected either a request id or a row.`);
  return given;
}

function received(value: unknown): string {
  return value === undefined ? 'nothing' : (JSON.stringify(value) ?? typeof value).slice(0, 80);
}

function invalid(problem: string) {
  return fail('INVALID_REQUEST', { problem });
}
