import { fail } from '../../errors/index.ts';
import { decodeColumns, decodeMatrix, type ColumnData, type Decoded, type RowOptions } from '../../signature/index.ts';
import type { Servable } from '../protocol.ts';
import { base64Text } from './base64.ts';
import { isObject } from './json-names.ts';

/** True where integers of a document must keep every digit: parse it exactly. */
export function needsExact({ signature: { tensors = [] } }: Servable, text: string): boolean {
  return tensors.some(({ dtype }) => dtype === 'int64' || dtype === 'uint64') && /\d{16}/.test(text);
}

/**
 * Decodes a list with one element a row (`instances`), in the forms that array servers take: rows of our own form,
 * for tables also lists in the order of the columns, for arrays also records, `{"b64": …}` for strings.
 */
export function decodeInstances(model: Servable, list: readonly unknown[], options?: RowOptions): Decoded {
  const { rows, signature } = model;
  switch (signature.form) {
    case 'table':
      return isObject(list[0]) ? rows.decode(recordsOf(list), options) : decodeLists(model, list);
    case 'array':
      return decodeLists(
        model,
        isObject(list[0]) ? list.map((row) => (isObject(row) ? Object.values(row) : row)) : list,
      );
    case 'text':
      return rows.decode(list.map(textOf), options);
    case 'tensors': {
      const named = tensorRows(model, list);
      if (rows.isRow(named)) throw notRows('one instance has fewer dimensions than the model takes');
      return rows.decode(named, options);
    }
  }
}

/** Decodes whole inputs by name (`inputs`): columns of equal length, or one value each for one row. */
export function decodeInputs(model: Servable, inputs: unknown, options?: RowOptions): Decoded {
  if (Array.isArray(inputs)) return decodeInstances(model, inputs, options);
  if (!isObject(inputs)) throw notRows('expected a list or an object keyed by column');
  if (typeof inputs['b64'] === 'string' && Object.keys(inputs).length === 1)
    return decodeInstances(model, [inputs], options);
  if (!model.rows.layout) return model.rows.decode(inputs, options);
  if (model.signature.form === 'array') {
    const values = Object.values(inputs);
    if (values.length === 1 && Array.isArray(values[0])) return decodeInstances(model, values[0], options);
  }
  let count: number | undefined;
  const columns = new Map<string, ColumnData>();
  for (const [name, value] of Object.entries(inputs)) {
    const values = (Array.isArray(value) ? value : [value]).map(single);
    count ??= values.length;
    if (values.length !== count)
      throw notRows(`${name}: expected ${count} values, as many as the other columns have, received ${values.length}`);
    columns.set(name, { values, offset: 0, stride: 1 });
  }
  return decodeColumns(model.rows, columns, count ?? 0, options);
}

/** Rows given as lists, in the order of the columns. */
function decodeLists(model: Servable, list: readonly unknown[]): Decoded {
  const { columns } = model.signature;
  if (list.length === 0) throw notRows('expected at least one row, received an empty list');
  const first = list[0];
  const width = Array.isArray(first) ? first.length : 1;
  if (!Array.isArray(first) && columns.length !== 1)
    throw notRows(
      `rows[0]: expected a list of ${columns.length} values, received ${first === null ? 'null' : typeof first}`,
    );
  const values: unknown[] = [];
  list.forEach((row, i) => {
    const cells: readonly unknown[] = Array.isArray(row) ? row : [row];
    if (cells.length !== width) throw notRows(`rows[${i}]: expected ${width} values, received ${cells.length}`);
    for (const cell of cells) values.push(cell);
  });
  return decodeMatrix(model.rows, numbersOf(values), list.length, width);
}

/** Numbers in the array that executors read, where there is nothing else. */
function numbersOf(values: readonly unknown[]): ArrayLike<unknown> {
  const numbers = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value !== 'number') return values;
    numbers[i] = value;
  }
  return numbers;
}

/** Records may hold lists: one value (TensorFlow's features) or several rows (KServe's data frames). */
function recordsOf(list: readonly unknown[]): readonly unknown[] {
  const hasLists = (row: unknown): boolean =>
    isObject(row) && Object.values(row).some((v) => typeof v === 'object' && v !== null);
  if (!list.some(hasLists)) return list;
  return list.flatMap((row, i) => {
    if (!isObject(row)) return [row];
    const columns = Object.entries(row).map(([name, value]) => [name, Array.isArray(value) ? value : [value]] as const);
    const count = columns[0]?.[1].length ?? 0;
    if (columns.some(([, values]) => values.length !== count))
      throw notRows(`rows[${i}]: the columns have different numbers of values`);
    return Array.from({ length: count }, (_, k) =>
      Object.fromEntries(columns.map(([name, values]) => [name, single(values[k])])),
    );
  });
}

/** A value of a column: `[x]` is x, and base64 is the text that it stands for. */
function single(value: unknown): unknown {
  if (Array.isArray(value) && value.length === 1) return value[0] as unknown;
  return isObject(value) ? textOf(value) : value;
}

/** A text as it is, as `{"b64": …}`, as the only element of a list or the only member of a record. */
function textOf(value: unknown): unknown {
  if (Array.isArray(value) && value.length === 1) return value[0] as unknown;
  if (!isObject(value)) return value;
  const [[name, only] = ['', undefined], ...others] = Object.entries(value);
  if (others.length > 0) return value;
  return name === 'b64' && typeof only === 'string' ? base64Text(only) : single(only);
}

function tensorRows({ signature: { tensors = [] } }: Servable, list: readonly unknown[]): unknown[] {
  const [only] = tensors;
  const isText = tensors.some(({ dtype }) => dtype === 'string');
  const texts = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(texts)
      : isObject(value) && typeof value['b64'] === 'string'
        ? textOf(value)
        : value;
  return list.map((row) => {
    const value = tensors.length === 1 && only && isObject(row) && Object.hasOwn(row, only.name) ? row[only.name] : row;
    const plain = isText && !isObject(value) ? texts(value) : isText && isBase64(value) ? textOf(value) : value;
    return only && tensors.length === 1 && only.shape.length === 1 && !Array.isArray(plain) && !isObject(plain)
      ? [plain]
      : plain;
  });
}

function isBase64(value: unknown): boolean {
  return isObject(value) && typeof value['b64'] === 'string';
}

function notRows(problem: string) {
  return fail('INVALID_INPUT', { problem });
}
