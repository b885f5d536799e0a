import { fail } from '../../errors/index.ts';
import { decodeColumns, decodeMatrix, type ColumnData, type Decoded, type TensorSpec } from '../../signature/index.ts';
import { sizeOf, type Tensor } from '../../tensor/index.ts';
import { elementsOfTensor } from '../inference/halves.ts';
import type { Servable } from '../protocol.ts';
import { datatypeOf } from './datatype.ts';

/**
 * The tensors of a request as the model takes them.
 *
 * Graphs of tensors: by name, datatype and shape, as Triton does. Tables: one input a column `[N]` or `[N,1]`, or one
 * matrix `[N,F]` in the order of the columns. Arrays: one matrix under any name, as MLServer does.
 */
export function bindInputs(model: Servable, inputs: ReadonlyMap<string, Tensor>): Decoded {
  const { signature, rows } = model;
  if (signature.form === 'tensors') return bindTensors(model, inputs);
  const [[name, only] = ['', undefined]] = inputs;
  if (!only) throw invalid(`Model ${model.name} takes ${expected(model)}, and the request has no inputs.`);
  const isOnly = inputs.size === 1;
  const isColumn = only.shape.length === 1 || (only.shape.length === 2 && only.shape[1] === 1);
  if (signature.form === 'text' && isOnly && isColumn) return columnsOf(model, new Map([[columnName(model), only]]));
  const width = only.shape[1] ?? 1;
  if (isOnly && only.shape.length === 2 && !(isColumn && signature.columns.some((column) => column.name === name)))
    return decodeMatrix(rows, elementsOfTensor(only), only.shape[0] as number, width);
  if (signature.form === 'array' && isOnly)
    throw invalid(
      `Input ${JSON.stringify(name)}: expected the shape [-1,${signature.columns.length}], got [${only.shape.join(',')}].`,
    );
  return columnsOf(model, inputs);
}

function columnsOf(model: Servable, inputs: ReadonlyMap<string, Tensor>): Decoded {
  const columns = new Map<string, ColumnData>();
  let count: number | undefined;
  for (const [name, one] of inputs) {
    const [rows, ...dims] = one.shape;
    if (rows === undefined || dims.length > 1 || sizeOf(dims) !== 1)
      throw invalid(`Input ${JSON.stringify(name)}: expected the shape [-1,1], got [${one.shape.join(',')}].`);
    count ??= rows;
    if (rows !== count)
      throw invalid(`Input ${JSON.stringify(name)}: expected ${count} rows, as the other inputs have, got ${rows}.`);
    columns.set(name, { values: elementsOfTensor(one), offset: 0, stride: 1 });
  }
  return decodeColumns(model.rows, columns, count ?? 0);
}

function columnName(model: Servable): string {
  return model.rows.layout?.cells[0]?.name ?? '';
}

function bindTensors(model: Servable, inputs: ReadonlyMap<string, Tensor>): Decoded {
  const specs = model.signature.tensors ?? [];
  const tensors: Record<string, Tensor> = Object.create(null) as Record<string, Tensor>;
  for (const name of inputs.keys())
    if (!specs.some((spec) => spec.name === name))
      throw invalid(`unexpected inference input '${name}' for model '${model.name}'; it takes ${expected(model)}`);
  let count: number | undefined;
  for (const spec of specs) {
    const one = inputs.get(spec.name);
    if (!one)
      throw invalid(
        `expected ${specs.length} inputs but got ${inputs.size} inputs for model '${model.name}'; '${spec.name}' is missing`,
      );
    if (one.dtype !== spec.dtype)
      throw invalid(
        `inference input '${spec.name}' data-type is '${datatypeOf(one.dtype)}', but model '${model.name}' expects '${datatypeOf(spec.dtype)}'`,
      );
    const [rows] = one.shape;
    if (rows === undefined || !fits(spec, one.shape) || (count !== undefined && rows !== count))
      throw invalid(
        `unexpected shape for input '${spec.name}' for model '${model.name}'. Expected [${[count ?? -1, ...spec.shape.map((dim) => dim ?? -1)].join(',')}], got [${one.shape.join(',')}]`,
      );
    count = rows;
    tensors[spec.name] = one;
  }
  return { single: false, count: count ?? 0, tensors, warnings: new Map() };
}

function fits(spec: TensorSpec, shape: readonly number[]): boolean {
  return shape.length === spec.shape.length + 1 && spec.shape.every((dim, i) => dim === null || dim === shape[i + 1]);
}

function expected({ signature: { form, columns, tensors = [] } }: Servable): string {
  if (form === 'array') return `one input of the shape [-1,${columns.length}]`;
  if (form === 'text') return 'one input of texts';
  const names = (form === 'tensors' ? tensors : columns.filter((column) => column.required)).map(
    ({ name }) => `'${name}'`,
  );
  return `the inputs ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', …' : ''}`;
}

function invalid(problem: string) {
  return fail('INVALID_INPUT', { problem });
}
