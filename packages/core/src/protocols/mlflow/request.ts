import { fail } from '../../errors/index.ts';
import { decodeColumns, decodeMatrix, type ColumnData, type Decoded } from '../../signature/index.ts';
import { decodeInputs, decodeInstances, needsExact } from '../inference/instances.ts';
import { isObject, parseNamedJson } from '../inference/json-names.ts';
import type { Servable } from '../protocol.ts';

const FORMS = ['dataframe_split', 'dataframe_records', 'instances', 'inputs'] as const;
const REQUIRED = `The input must be a JSON dictionary with exactly one of the input fields {${FORMS.map((name) => `'${name}'`).join(', ')}}`;
/** Data frames may carry columns that the model does not use: MLflow drops what is not in the model's schema. */
const OPTIONS = { extra: 'ignore' } as const;

/** A JSON body of `/invocations` with its rows read. */
export interface Invocation {
  readonly rows: Decoded;
  readonly params: Readonly<Record<string, unknown>>;
}

export function readInvocation(model: Servable, text: string): Invocation {
  const body = parse(model, text);
  const { params = {} } = body;
  if (!isObject(params ?? {})) throw invalid('params: expected a dictionary');
  return { rows: rowsOf(model, body), params: isObject(params) ? params : {} };
}

function parse(model: Servable, text: string): Record<string, unknown> {
  const body = parseNamedJson(text, needsExact(model, text));
  if (isObject(body)) return body;
  if (Array.isArray(body)) throw invalid(`Invalid input. ${REQUIRED}. Received a list.`);
  throw invalid(
    `Invalid input. ${REQUIRED}. Received unexpected input type '${body === null ? 'null' : typeof body}'.`,
  );
}

function rowsOf(model: Servable, body: Readonly<Record<string, unknown>>): Decoded {
  const given = FORMS.filter((name) => Object.hasOwn(body, name));
  const [form, ...others] = given;
  if (form === undefined || others.length > 0)
    throw invalid(
      `${REQUIRED}. Received dictionary with input fields: [${given.map((name) => `'${name}'`).join(', ')}].`,
    );
  const data = body[form];
  switch (form) {
    case 'dataframe_split':
      return splitRows(model, data);
    case 'dataframe_records':
      if (!Array.isArray(data))
        throw invalid(`Invalid input. Dataframe records format must be a list of records. Got ${kindOf(data)}.`);
      return decodeInstances(model, data, OPTIONS);
    case 'instances':
    case 'inputs':
      return decodeInputs(model, data, OPTIONS);
  }
}

/** `{"columns": […], "index": […], "data": [[…], …]}`; without names by position. */
export function splitRows(model: Servable, split: unknown): Decoded {
  if (!isObject(split))
    throw invalid(`Invalid input. Dataframe split format must be a dictionary. Got ${kindOf(split)}.`);
  const { data, columns } = split;
  const others = Object.keys(split).filter((key) => !['columns', 'data', 'index'].includes(key));
  if (!Array.isArray(data) || others.length > 0) {
    const keys = Object.keys(split)
      .map((key) => `'${key}'`)
      .join(', ');
    throw invalid(
      `Invalid input. Dataframe split format must have 'data' field and optionally 'columns' and 'index' fields. Got {${keys}}.`,
    );
  }
  if (columns !== undefined && columns !== null && !Array.isArray(columns)) throw notFrame('columns is no list');
  const names = Array.isArray(columns) ? columns.map(String) : undefined;
  const first: unknown = data[0];
  const width = names?.length ?? (Array.isArray(first) ? first.length : 1);
  const values: unknown[] = [];
  for (const row of data as readonly unknown[]) {
    const cells: readonly unknown[] = Array.isArray(row) ? row : [row];
    if (cells.length !== width) throw notFrame(`${width} columns passed, passed data had ${cells.length} columns`);
    for (const cell of cells) values.push(cell);
  }
  // A model without column names takes the columns in their order, whatever they are called.
  if (!names || model.signature.form === 'array' || !model.rows.layout) {
    if (!model.rows.layout) return decodeInputs(model, data);
    return decodeMatrix(model.rows, values, data.length, width);
  }
  const byName = new Map<string, ColumnData>();
  names.forEach((name, offset) => {
    if (byName.has(name)) throw notFrame(`the column ${JSON.stringify(name)} is there twice`);
    byName.set(name, { values, offset, stride: width });
  });
  return decodeColumns(model.rows, byName, data.length, OPTIONS);
}

function kindOf(value: unknown): string {
  return Array.isArray(value)
    ? 'list'
    : isObject(value)
      ? 'dictionary'
      : value === null
        ? 'null'
        : `type ${typeof value}`;
}

function notFrame(problem: string) {
  return invalid(
    `Invalid input. Provided dataframe_split field is not a valid dataframe representation in 'split' format. Error: '${problem}'`,
  );
}

function invalid(problem: string) {
  return fail('INVALID_REQUEST', { problem }, { hint: '' });
}
