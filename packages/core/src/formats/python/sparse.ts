import { fail } from '../../errors/index.ts';
import { NdArray } from './ndarray.ts';
import { PyObject, PyTuple, type Plain } from './plain.ts';
import { NpScalar } from './scalar.ts';

/** A sparse matrix by rows: row `r` has the entries `rowStart[r]` to `rowStart[r + 1]`, columns ascending, no duplicates. */
export interface SparseMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly rowStart: Int32Array;
  readonly columnIndex: Int32Array;
  readonly values: Float64Array;
}

/** Layouts of SciPy's sparse matrices and arrays that can be read. */
type Layout = 'csr' | 'csc' | 'coo' | 'dia';

/** What any layout is made of; which parts are there depends on it. */
interface Parts {
  readonly layout: Layout;
  readonly shape: Plain | undefined;
  readonly part: (name: string) => Plain | undefined;
}

const MOST_DENSE_BYTES = 256 * 1024 * 1024;
const MOST_ROWS = 2 ** 24;
const MOST_COLUMNS = 2 ** 30;

/** Reads an object of `scipy.sparse` (csr, csc, coo, dia; matrix or array) from a pickle; undefined for any other value. */
export function readSparse(value: Plain): SparseMatrix | undefined {
  if (!(value instanceof PyObject)) return undefined;
  const match = /^scipy\.sparse\.(?:_?\w+\.)?(csr|csc|coo|dia)_(?:matrix|array)$/.exec(value.path);
  if (!match) return undefined;
  const part = (name: string) => value.attr(name) ?? value.attr(`_${name}`);
  return toRows({ layout: match[1] as Layout, shape: part('shape'), part });
}

/** Reads the arrays that `scipy.sparse.save_npz` writes; undefined when they are others. */
export function sparseFromNpz(arrays: ReadonlyMap<string, NdArray>): SparseMatrix | undefined {
  const format = arrays.get('format')?.toList()[0];
  const shape = arrays.get('shape');
  if (!shape || (format !== 'csr' && format !== 'csc' && format !== 'coo' && format !== 'dia')) return undefined;
  return toRows({ layout: format, shape: new PyTuple(shape.toList()), part: (name) => arrays.get(name) });
}

/** The matrix with its zeros, row-major. */
export function toDense({ rows, columns, rowStart, columnIndex, values }: SparseMatrix): Float64Array {
  if (rows * columns * 8 > MOST_DENSE_BYTES) {
    throw fail('LIMIT_EXCEEDED', { format: 'scipy', what: 'a sparse matrix as a dense one', limit: '256 MiB' });
  }
  const dense = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let i = rowStart[row] as number; i < (rowStart[row + 1] as number); i++) {
      dense[row * columns + (columnIndex[i] as number)] = values[i] as number;
    }
  }
  return dense;
}

function toRows(parts: Parts): SparseMatrix {
  const [rows, columns] = readDimensions(parts.shape);
  const values = numbers(parts, 'data').toFloat64();
  switch (parts.layout) {
    case 'csr':
    case 'csc': {
      const isRows = parts.layout === 'csr';
      const starts = numbers(parts, 'indptr').toInt32();
      const inner = numbers(parts, 'indices').toInt32();
      const outer = expand(starts, isRows ? rows : columns, inner.length);
      return sortByRow(rows, columns, isRows ? outer : inner, isRows ? inner : outer, values);
    }
    case 'coo': {
      const coords = parts.part('coords');
      const [row, column] = coords instanceof PyTuple ? coords.items : [parts.part('row'), parts.part('col')];
      if (!(row instanceof NdArray) || !(column instanceof NdArray)) throw damaged();
      return sortByRow(rows, columns, row.toInt32(), column.toInt32(), values);
    }
    case 'dia':
      return fromDiagonals(rows, columns, numbers(parts, 'offsets').toInt32(), values);
  }
}

/** `indptr` as the outer index of each entry. */
function expand(starts: Int32Array, outer: number, count: number): Int32Array {
  if (starts.length !== outer + 1 || starts[0] !== 0 || starts[outer] !== count) throw damaged();
  const index = new Int32Array(count);
  for (let i = 0; i < outer; i++) {
    const end = starts[i + 1] as number;
    if (end < (starts[i] as number)) throw damaged();
    index.fill(i, starts[i], end);
  }
  return index;
}

/** Diagonal `k` holds element (j − k, j) at its position j. */
function fromDiagonals(rows: number, columns: number, offsets: Int32Array, values: Float64Array): SparseMatrix {
  const width = offsets.length === 0 ? 0 : values.length / offsets.length;
  if (!Number.isInteger(width)) throw damaged();
  const row: number[] = [];
  const column: number[] = [];
  const kept: number[] = [];
  offsets.forEach((offset, d) => {
    for (let j = Math.max(0, offset); j < Math.min(width, columns, rows + offset); j++) {
      const value = values[d * width + j] as number;
      if (value === 0) continue;
      row.push(j - offset);
      column.push(j);
      kept.push(value);
    }
  });
  return sortByRow(rows, columns, Int32Array.from(row), Int32Array.from(column), Float64Array.from(kept));
}

/** Orders entries by row and column, and adds up duplicates as SciPy does when it computes with them. */
function sortByRow(
  rows: number,
  columns: number,
  row: Int32Array,
  column: Int32Array,
  values: Float64Array,
): SparseMatrix {
  const count = values.length;
  if (row.length !== count || column.length !== count) throw damaged();
  const starts = new Int32Array(rows + 1);
  for (let i = 0; i < count; i++) {
    const r = row[i] as number;
    const c = column[i] as number;
    if (r < 0 || r >= rows || c < 0 || c >= columns) throw damaged();
    starts[r + 1] = (starts[r + 1] as number) + 1;
  }
  for (let r = 0; r < rows; r++) starts[r + 1] = (starts[r + 1] as number) + (starts[r] as number);

  // A stable counting sort by row: entries that came by columns are in order then.
  const next = starts.slice();
  const order = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const r = row[i] as number;
    const at = next[r] as number;
    order[at] = i;
    next[r] = at + 1;
  }
  const rowStart = new Int32Array(rows + 1);
  const columnIndex = new Int32Array(count);
  const sums = new Float64Array(count);
  let used = 0;
  for (let r = 0; r < rows; r++) {
    const first = used;
    for (const i of sortByColumn(order.subarray(starts[r], starts[r + 1]), column)) {
      const c = column[i] as number;
      if (used > first && columnIndex[used - 1] === c) {
        sums[used - 1] = (sums[used - 1] as number) + (values[i] as number);
      } else {
        columnIndex[used] = c;
        sums[used++] = values[i] as number;
      }
    }
    rowStart[r + 1] = used;
  }
  return { rows, columns, rowStart, columnIndex: columnIndex.subarray(0, used), values: sums.subarray(0, used) };
}

/** Sorts the entries of one row in place where they are not in order already. */
function sortByColumn(entries: Int32Array, column: Int32Array): Int32Array {
  for (let i = 1; i < entries.length; i++) {
    if ((column[entries[i] as number] as number) >= (column[entries[i - 1] as number] as number)) continue;
    return entries.sort((a, b) => (column[a] as number) - (column[b] as number) || a - b);
  }
  return entries;
}

/** Rows and columns; the limits bound the memory of a matrix that claims to be large and holds nothing. */
function readDimensions(shape: Plain | undefined): [rows: number, columns: number] {
  const items = shape instanceof PyTuple ? shape.items.map((dim) => (dim instanceof NpScalar ? dim.value : dim)) : [];
  const [rows, columns] = items;
  const isCount = (dim: Plain | undefined): dim is number =>
    typeof dim === 'number' && Number.isInteger(dim) && dim >= 0;
  if (items.length !== 2 || !isCount(rows) || !isCount(columns)) throw damaged();
  if (rows > MOST_ROWS || columns > MOST_COLUMNS) {
    throw fail('LIMIT_EXCEEDED', {
      format: 'scipy',
      what: 'a sparse matrix',
      limit: `${MOST_ROWS} rows and ${MOST_COLUMNS} columns`,
    });
  }
  return [rows, columns];
}

function numbers({ part }: Parts, name: string): NdArray {
  const array = part(name);
  if (array instanceof NdArray) return array;
  throw damaged();
}

function damaged() {
  return fail('CORRUPT_FILE', { format: 'scipy', problem: 'a sparse matrix is damaged' });
}
