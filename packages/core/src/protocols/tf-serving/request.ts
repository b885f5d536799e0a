import { fail } from '../../errors/index.ts';
import type { Decoded } from '../../signature/index.ts';
import { defaultMethods } from '../inference/answers.ts';
import { decodeInputs, decodeInstances, needsExact } from '../inference/instances.ts';
import { isObject, parseNamedJson } from '../inference/json-names.ts';
import { methodsOf, type Method } from '../inference/methods.ts';
import type { Servable } from '../protocol.ts';

/** What a signature is called when none is named. */
export const DEFAULT_SIGNATURE = 'serving_default';

/** The body of `:predict` with its rows read. */
export interface PredictRequest {
  /** `instances` (one element a row) is answered by `predictions`, `inputs` (whole tensors) by `outputs`. */
  readonly format: 'row' | 'columnar';
  readonly rows: Decoded;
  readonly methods: readonly Method[];
}

export function readPredict(model: Servable, text: string): PredictRequest {
  const body = parseBody(text, needsExact(model, text));
  const methods = signatureOf(model, body['signature_name']);
  const { instances, inputs } = body;
  if (instances !== undefined && inputs !== undefined)
    throw invalid("Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist");
  if (instances !== undefined) {
    if (!Array.isArray(instances)) throw invalid("Expecting 'instances' to be an list/array");
    if (instances.length === 0) throw invalid("No values in 'instances' array");
    return { format: 'row', rows: decodeInstances(model, instances), methods };
  }
  if (inputs === undefined) throw invalid("Missing 'inputs' or 'instances' key");
  return { format: 'columnar', rows: decodeInputs(model, inputs), methods };
}

/** The body of `:classify` and `:regress`: one record of features a row, `context` holds what all of them share. */
export function readExamples(model: Servable, text: string, method: string): Decoded {
  const { examples, context = {} } = parseBody(text, needsExact(model, text));
  if (examples === undefined) throw invalid(`When method is ${method}, key 'examples' is expected and was not found`);
  if (!Array.isArray(examples)) throw invalid("Expecting 'examples' value to be an list/array");
  if (examples.length === 0) throw invalid("'examples' value is an empty array");
  if (!isObject(context)) throw invalid('Example must be JSON object');
  const rows = examples.map((example: unknown) => {
    if (!isObject(example)) throw invalid(`Example must be JSON object but got JSON ${kindOf(example)}`);
    return { ...context, ...example };
  });
  // One feature that holds the whole row is how arrays are sent.
  const isArray = model.signature.form === 'array';
  const only = (row: Record<string, unknown>): unknown => {
    const values = Object.values(row);
    return values.length === 1 && Array.isArray(values[0]) ? values[0] : row;
  };
  return decodeInstances(model, isArray ? rows.map(only) : rows);
}

function parseBody(text: string, exact: boolean): Record<string, unknown> {
  if (text === '') throw invalid('JSON Parse error: The document is empty');
  const body = parseNamedJson(text, exact);
  if (!isObject(body)) throw invalid('JSON Value: Is not object');
  return body;
}

/** A library's model has a signature for each method; a graph has one, with all of its outputs. */
export function signatureOf(model: Servable, name: unknown = DEFAULT_SIGNATURE): readonly Method[] {
  if (typeof name !== 'string') throw invalid("not formatted correctly. 'signature_name' key must be a string value.");
  if (name === DEFAULT_SIGNATURE || name === '') return defaultMethods(model);
  const method = methodsOf(model).find((known) => known.name === name);
  if (method && model.signature.task !== 'graph') return [method];
  throw invalid(`Serving signature name: "${name.slice(0, 80)}" not found in signature def`);
}

function kindOf(value: unknown): string {
  if (value === null) return 'Null';
  if (Array.isArray(value)) return 'Array';
  const kind = typeof value;
  return kind === 'boolean' ? (value ? 'True' : 'False') : `${kind[0]?.toUpperCase()}${kind.slice(1)}`;
}

export function invalid(problem: string) {
  return fail('INVALID_REQUEST', { problem }, { hint: '' });
}
