import { expect, test } from 'vitest';
import { parseDtype } from './dtype.ts';
import { NdArray } from './ndarray.ts';
import { PyDict, PyGlobal, PyObject, PyTuple, type Plain } from './plain.ts';
import { readSparse, toDense } from './sparse.ts';

const numbers = (values: readonly number[]) =>
  new NdArray([values.length], parseDtype('f8'), false, new Uint8Array(Float64Array.from(values).buffer));
const integers = (values: readonly number[]) =>
  new NdArray([values.length], parseDtype('i4'), false, new Uint8Array(Int32Array.from(values).buffer));

function matrix(layout: string, shape: readonly number[], parts: Readonly<Record<string, Plain>>): PyObject {
  const object = new PyObject(new PyGlobal(`scipy.sparse._${layout}`, `${layout}_matrix`), [], 'new');
  const state = new PyDict();
  state.set('_shape', new PyTuple(shape));
  for (const [name, value] of Object.entries(parts)) state.set(name, value);
  object.state = state;
  return object;
}

const csr = (indptr: readonly number[], indices: readonly number[], data: readonly number[], shape = [2, 3]) =>
  matrix('csr', shape, { indptr: integers(indptr), indices: integers(indices), data: numbers(data) });

test('columns are sorted and duplicates added up', () => {
  const sparse = readSparse(csr([0, 3, 4], [2, 0, 2, 1], [1, 2, 3, 4]));
  expect(sparse).toEqual({
    rows: 2,
    columns: 3,
    rowStart: Int32Array.of(0, 2, 3),
    columnIndex: Int32Array.of(0, 2, 1),
    values: Float64Array.of(2, 4, 4),
  });
  expect([...toDense(sparse as never)]).toEqual([2, 0, 4, 0, 4, 0]);
});

test('diagonals above and below', () => {
  const data = new NdArray([2, 3], parseDtype('f8'), false, new Uint8Array(Float64Array.of(0, 2, 3, 4, 5, 6).buffer));
  const sparse = readSparse(matrix('dia', [3, 3], { offsets: integers([1, -1]), data }));
  expect([...toDense(sparse as never)]).toEqual([0, 2, 0, 4, 0, 3, 0, 5, 0]);
});

test.for<readonly [what: string, object: PyObject]>([
  ['a column outside', csr([0, 1, 1], [3], [1])],
  ['a negative column', csr([0, 1, 1], [-1], [1])],
  ['row starts that go back', csr([0, 2, 1], [0, 1], [1, 2])],
  ['too few row starts', csr([0, 1], [0], [1])],
  ['fewer values than indices', csr([0, 1, 2], [0, 1], [1])],
  ['no shape', matrix('csr', [], {})],
  ['a negative shape', csr([0], [], [], [-1, 3])],
  ['no data', matrix('coo', [1, 1], {})],
])('%s is refused', ([, object]) => {
  expect(() => readSparse(object)).toThrow(expect.objectContaining({ code: 'CORRUPT_FILE' }));
});

test('a size that claims much and holds nothing costs nothing', () => {
  const empty = { data: numbers([]), row: integers([]), col: integers([]) };
  expect(() => readSparse(matrix('coo', [2 ** 40, 1], empty))).toThrow(
    expect.objectContaining({ code: 'LIMIT_EXCEEDED' }),
  );
  const wide = readSparse(matrix('coo', [1000, 2 ** 29], empty));
  expect(() => toDense(wide as never)).toThrow(expect.objectContaining({ code: 'LIMIT_EXCEEDED' }));
});

test('anything else is no sparse matrix', () => {
  expect(readSparse([1])).toBeUndefined();
  expect(readSparse(new PyObject(new PyGlobal('scipy.sparse._lil', 'lil_matrix'), [], 'new'))).toBeUndefined();
});
