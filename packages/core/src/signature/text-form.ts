import { judge, takesString, type Cell } from './cell.ts';
import type { Layout } from './layout.ts';
import type { Problems } from './problems.ts';
import type { Place, RowForm } from './row-form.ts';

/** Rows that are strings. */
export function textForm(layout: Layout): RowForm {
  const cell = layout.cells[0] as Cell;

  function read(row: unknown, place: Place): boolean {
    if (typeof row !== 'string') return false;
    place.strings[place.base] = row;
    return takesString(cell, row);
  }

  function examine(
    row: unknown,
    place: Place,
    path: string,
    _ignoreExtra: boolean,
    problems: Problems,
    warnings: string[],
  ): void {
    const result = judge(cell, row, path, problems, warnings);
    if (typeof result === 'string') place.strings[place.base] = result;
  }

  return { describes: 'a string', isRow: (document) => !Array.isArray(document), read, examine };
}
