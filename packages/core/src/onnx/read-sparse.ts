import { fail } from '../errors/index.ts';
import type { Tensor } from '../tensor/index.ts';
import { arrayOf } from './dtypes.ts';
import { IntList } from './int-list.ts';
import { readTensor, type ResolveExternal } from './read-tensor.ts';
import type { WireReader } from './wire-reader.ts';

/** Elements of the dense tensor: few stored values may claim very many. */
const maxElements = 2 ** 26;

/** Reads a SparseTensorProto as the dense tensor that it stands for. Indices are linear `[NNZ]` or coordinates `[NNZ, rank]`. */
export function readSparseTensor(r: WireReader, resolve: ResolveExternal): { name: string; tensor: Tensor } {
  const list = new IntList();
  let values: { name: string; tensor: Tensor } | undefined;
  let indices: Tensor | undefined;
  for (let field = r.next(); field !== 0; field = r.next()) {
    if (field === 1) values = readTensor(r.message(), resolve);
    else if (field === 2) indices = readTensor(r.message(), resolve).tensor;
    else if (field === 3) r.ints(list);
    else r.skip();
  }
  if (!values || !indices) throw invalid('', 'it has no values or no indices');
  const { name, tensor } = values;
  const shape = Array.from(list.values() as readonly (number | bigint)[], Number);
  const size = shape.reduce((product, dim) => product * dim, 1);
  if (shape.some((dim) => dim < 0) || size > maxElements)
    throw fail('LIMIT_EXCEEDED', {
      format: 'ONNX',
      what: `the sparse tensor "${name}"`,
      limit: `${maxElements} elements`,
    });
  const { dtype } = tensor;
  if (dtype === 'string' || indices.dtype !== 'int64') throw invalid(name, `it holds ${dtype} by ${indices.dtype}`);
  const data = new arrayOf[dtype](size);
  const count = tensor.data.length;
  const rank = indices.shape.length === 2 ? shape.length : 1;
  if (indices.data.length !== count * rank) throw invalid(name, 'values and indices differ in number');
  for (let i = 0; i < count; i++) {
    let at = 0;
    for (let axis = 0; axis < rank; axis++) {
      const index = Number(indices.data[i * rank + axis]);
      const dim = rank === 1 ? size : (shape[axis] as number);
      if (index < 0 || index >= dim) throw invalid(name, `the index ${index} is outside of its shape`);
      at = at * dim + index;
    }
    (data as Float64Array)[at] = tensor.data[i] as number;
  }
  return { name, tensor: { dtype, shape, data } };
}

function invalid(name: string, problem: string) {
  return fail('INVALID_GRAPH', { problem: `sparse tensor "${name}": ${problem}.` });
}
