import { judge, type Cell } from './cell.ts';
import type { Layout } from './layout.ts';
import { received, type Problems } from './problems.ts';
import type { Place, RowForm } from './row-form.ts';
import { put } from './table-form.ts';

/** Rows that are arrays with one element per position. */
export function arrayForm(layout: Layout): RowForm {
  const { cells } = layout;
  const width = cells.length;
  const describes = `an array of ${width} ${layout.strings.length ? 'values' : 'numbers'}`;

  function read(row: unknown, place: Place): boolean {
    if (!Array.isArray(row) || row.length !== width) return false;
    for (let i = 0; i < width; i++) {
      const cell = cells[i] as Cell;
      if (cell.slot >= 0 && !put(cell, row[i], place)) return false;
    }
    return true;
  }

  function examine(
    row: unknown,
    place: Place,
    path: string,
    _ignoreExtra: boolean,
    problems: Problems,
    warnings: string[],
  ): void {
    if (!Array.isArray(row) || row.length !== width) return problems.add(path, describes, received(row));
    for (let i = 0; i < width; i++) {
      const cell = cells[i] as Cell;
      if (cell.slot < 0) continue;
      const result = judge(cell, row[i], `${path}[${i}]`, problems, warnings);
      if (typeof result === 'string') place.strings[place.base + cell.slot * place.stride] = result;
      else if (result !== undefined) place.numbers[place.base + cell.slot * place.stride] = result;
    }
  }

  // An array of arrays is a batch; so is the empty array, which cannot be a row.
  const isRow = (document: unknown): boolean =>
    !Array.isArray(document) || (document.length > 0 && !Array.isArray(document[0]));
  return { describes, isRow, read, examine };
}
