import { isArrayOfNumbers, MISSING, type Model } from '../ir/index.ts';
import { ARRAY_INPUT, exactInteger, type Rows, type Signature } from '../signature/index.ts';
import type { Tensor } from '../tensor/index.ts';

/** A row as the model's inputs see it: numbers (NaN is missing) and strings ({@link MISSING} is missing). */
export type Cells = readonly (number | string)[];
export type Tensors = Readonly<Record<string, Tensor>>;

/** Rows of cells → the graph's inputs. */
export function tensorsOf(model: Model, rows: readonly Cells[]): Tensors {
  const count = rows.length;
  if (isArrayOfNumbers(model)) {
    const width = model.inputs.length;
    const data = new Float64Array(count * width);
    rows.forEach((row, i) => data.set(row as number[], i * width));
    return { [ARRAY_INPUT]: { dtype: 'float64', shape: [count, width], data } };
  }
  return Object.fromEntries(
    model.inputs.map(({ params, dtype }, at): [string, Tensor] => {
      const values = rows.map((row) => row[at] ?? NaN);
      const shape = [count, 1];
      if (dtype === 'string') return [params.name, { dtype, shape, data: values.map(String) }];
      return [params.name, { dtype: 'float64', shape, data: Float64Array.from(values, Number) }];
    }),
  );
}

/** The graph's inputs → rows of cells, in the order of the model's inputs. */
export function cellsOf(model: Model, tensors: Tensors, count: number): Cells[] {
  if (isArrayOfNumbers(model)) {
    const data = tensors[ARRAY_INPUT]?.data as Float64Array;
    const width = model.inputs.length;
    return Array.from({ length: count }, (_, i) => [...data.subarray(i * width, (i + 1) * width)]);
  }
  const columns = model.inputs.map(({ params }) => tensors[params.name]?.data);
  return Array.from({ length: count }, (_, i) => columns.map((column) => (column?.[i] ?? NaN) as number | string));
}

/** Row `at` of every tensor, as a batch of one. */
export function rowAt(tensors: Tensors, at: number): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { dtype, shape, data }]): [string, Tensor] => {
      const width = shape[0] ? data.length / shape[0] : 0;
      return [name, { dtype, shape: [1, ...shape.slice(1)], data: data.slice(at * width, (at + 1) * width) }];
    }),
  );
}

/**
 * The JSON row that a client would send for encoded cells; undefined where JSON cannot say it (infinities, negative zero)
 * or the signature does not accept it.
 */
export function jsonRow(rows: Rows, tensors: Tensors): unknown {
  const { signature } = rows;
  const row = toJsonRow(signature, tensors);
  if (row === undefined) return undefined;
  try {
    const { tensors: again } = rows.decode(JSON.parse(JSON.stringify(row)));
    return isSameInput(tensors, again) ? row : undefined;
  } catch {
    return undefined;
  }
}

function toJsonRow(signature: Signature, tensors: Tensors): unknown {
  const { form, columns } = signature;
  const matrix = tensors[ARRAY_INPUT];
  if (form === 'tensors') {
    const parts = Object.entries(tensors).map(([name, tensor]) => [name, nested(tensor)] as const);
    return parts.length === 1 ? parts[0]?.[1] : Object.fromEntries(parts);
  }
  const values = columns.map((column, i) => {
    const cell = form === 'array' && matrix ? matrix.data[i] : tensors[column.name]?.data[0];
    if (cell === undefined) return undefined;
    if (cell === MISSING || (typeof cell === 'number' && Number.isNaN(cell))) return null;
    return column.type === 'boolean' ? cell === 1 : cell;
  });
  if (form === 'text') return values[0] ?? Object.values(tensors)[0]?.data[0];
  if (form === 'array') return values;
  return Object.fromEntries(
    columns.map(({ name }, i) => [name, values[i]] as const).filter(([, value]) => value !== undefined),
  );
}

function nested({ shape, data }: Tensor): unknown {
  const dims = shape.slice(1);
  const build = (level: number, offset: number, size: number): unknown => {
    if (level === dims.length) {
      const value = data[offset];
      return typeof value === 'bigint' ? exactInteger(value) : value;
    }
    const length = dims[level] ?? 0;
    const step = length ? size / length : 0;
    return Array.from({ length }, (_, i) => build(level + 1, offset + i * step, step));
  };
  return build(0, 0, data.length);
}

function isSameInput(a: Tensors, b: Tensors): boolean {
  return Object.entries(a).every(([name, { data }]) => {
    const other = b[name]?.data;
    return other?.length === data.length && Array.from<unknown>(data).every((value, i) => Object.is(value, other[i]));
  });
}
