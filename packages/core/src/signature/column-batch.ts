import { tensor } from '../tensor/index.ts';
import { judge, takesNumber, takesString, type Cell } from './cell.ts';
import { ARRAY_INPUT, blockTensors, makeBlock, type Block, type Layout } from './layout.ts';
import { nearest } from './nearest.ts';
import { member, Problems, received } from './problems.ts';
import type { Decoded, RowOptions, Rows } from './rows.ts';

/**
 * A column as columnar wires give it: the value of row i is `values[offset + i·stride]`.
 * Numbers and bigints are numbers, NaN and null are missing, 0 and 1 are booleans.
 */
export interface ColumnData {
  readonly values: ArrayLike<unknown>;
  readonly offset: number;
  readonly stride: number;
}

/**
 * Decodes columns by the rules of rows: what one row may not hold, a column may not hold.
 * Only for signatures with cells; columns that the model drops need not be there.
 */
export function decodeColumns(
  rows: Rows,
  columns: ReadonlyMap<string, ColumnData>,
  count: number,
  { extra }: RowOptions = {},
): Decoded {
  const layout = cellsOf(rows);
  const problems = new Problems();
  const found = layout.cells.map((cell) => columns.get(cell.name));
  // As many as are known: then none is undeclared, and no set of names is needed.
  if (extra !== 'ignore' && found.reduce((sum, column) => sum + (column ? 1 : 0), 0) < columns.size) {
    const names = new Set(layout.cells.map((cell) => cell.name));
    for (const name of columns.keys()) if (!names.has(name)) undeclared(name, names, problems);
  }
  found.forEach((column, i) => {
    const cell = layout.cells[i] as Cell;
    if (!column && cell.slot >= 0) problems.add(cell.name, `column of ${count} values`, 'nothing');
  });
  problems.throwIfAny();
  return decodeCells(rows, layout, found, count);
}

/** Decodes a matrix `[count, width]`, row-major: position k is column k of the signature. */
export function decodeMatrix(rows: Rows, values: ArrayLike<unknown>, count: number, width: number): Decoded {
  const layout = cellsOf(rows);
  const all = layout.cells.length;
  const required = layout.cells.filter((cell) => cell.slot >= 0).length;
  if (width !== all && width !== required) {
    const problems = new Problems();
    problems.add('', `row of ${all} values`, `a row of ${width}`);
    throw problems.error();
  }
  if (layout.matrix && width === all && values instanceof Float64Array && isPlain(layout, values)) {
    // Nothing to change: the executor reads what the client sent.
    const tensors = Object.assign(Object.create(null) as Decoded['tensors'], {
      [ARRAY_INPUT]: tensor('float64', [count, width], values),
    });
    return { single: false, count, tensors, warnings: new Map() };
  }
  let next = 0;
  const columns = layout.cells.map((cell): ColumnData | undefined =>
    width === all || cell.slot >= 0 ? { values, offset: next++, stride: width } : undefined,
  );
  return decodeCells(rows, layout, columns, count);
}

function cellsOf({ layout }: Rows): Layout {
  if (!layout) throw new Error('a signature of tensors has no cells');
  return layout;
}

/** True where every number may be taken as it is. */
function isPlain({ cells }: Layout, values: Float64Array): boolean {
  for (let i = 0; i < cells.length; i++) if (!(cells[i] as Cell).simple) return false;
  for (let i = 0; i < values.length; i++) if ((values[i] as number) - (values[i] as number) !== 0) return false;
  return true;
}

function decodeCells(rows: Rows, layout: Layout, columns: readonly (ColumnData | undefined)[], count: number): Decoded {
  const problems = new Problems();
  const warnings = new Map<number, string[]>();
  const block = makeBlock(layout, count);
  const isArray = rows.signature.form === 'array';
  layout.cells.forEach((cell, i) => {
    const column = columns[i];
    if (!column || cell.slot < 0) return;
    fill(cell, column, count, layout, block, (row, value) => {
      if (!problems.hasRoom) {
        problems.skip();
        return undefined;
      }
      const told: string[] = [];
      const path = isArray ? `rows[${row}][${i}]` : member(`rows[${row}]`, cell.name);
      const result = judge(cell, value, path, problems, told);
      if (told.length) warnings.set(row, [...(warnings.get(row) ?? []), ...told]);
      return result;
    });
  });
  problems.throwIfAny();
  return { single: false, count, tensors: blockTensors(layout, block, count), warnings };
}

/** Writes a column into its slot; what needs a second look goes to `examine`. */
function fill(
  cell: Cell,
  { values, offset, stride }: ColumnData,
  count: number,
  layout: Layout,
  block: Block,
  examine: (row: number, value: unknown) => number | string | undefined,
): void {
  const start = layout.matrix ? cell.slot : cell.slot * count;
  const step = layout.matrix ? layout.numbers.length : 1;
  for (let i = 0; i < count; i++) {
    const value = values[offset + i * stride];
    if (cell.isString) {
      const usual = typeof value === 'string' && takesString(cell, value);
      const result = usual ? value : examine(i, value ?? null);
      if (typeof result === 'string') block.strings[start + i * step] = result;
    } else {
      const number = typeof value === 'bigint' ? Number(value) : value;
      const usual = typeof number === 'number' && takesNumber(cell, number);
      const result = usual ? number : examine(i, number === undefined || Number.isNaN(number) ? null : number);
      if (typeof result === 'number') block.numbers[start + i * step] = result;
    }
  }
}

function undeclared(name: string, names: ReadonlySet<string>, problems: Problems): void {
  if (!problems.hasRoom) return problems.skip();
  const near = nearest(name, names);
  const suggestion = near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`;
  problems.add(name, 'a column of the model', received(name), {
    sentence: `the model has no such column${suggestion}`,
    hint: 'Leave it out.',
  });
}
