import { judge, takesNumber, takesString, type Cell } from './cell.ts';
import type { Layout } from './layout.ts';
import { MISSING } from './missing.ts';
import { nearest } from './nearest.ts';
import { member, received, type Problems } from './problems.ts';
import type { Place, RowForm } from './row-form.ts';

/** Rows that are objects keyed by column. */
export function tableForm(layout: Layout): RowForm {
  // An own property of a JSON object is all that counts; names that every object inherits take the careful way.
  const inherited = layout.cells.some((cell) => cell.name in Object.prototype);
  const used = layout.cells.filter((cell) => cell.slot >= 0);
  const dropped = layout.cells.filter((cell) => cell.slot < 0);
  const names = new Set(layout.cells.map((cell) => cell.name));

  function read(row: unknown, place: Place, ignoreExtra: boolean): boolean {
    if (inherited || !isObject(row)) return false;
    for (let i = 0; i < used.length; i++) {
      const cell = used[i] as Cell;
      if (!put(cell, row[cell.name], place)) return false;
    }
    if (ignoreExtra) return true;
    let keys = Object.keys(row).length - used.length;
    for (let i = 0; keys > 0 && i < dropped.length; i++) if (Object.hasOwn(row, (dropped[i] as Cell).name)) keys--;
    return keys === 0;
  }

  function examine(
    row: unknown,
    place: Place,
    path: string,
    ignoreExtra: boolean,
    problems: Problems,
    warnings: string[],
  ): void {
    if (!isObject(row)) return problems.add(path, 'object keyed by column', received(row));
    for (const cell of used) {
      const value = Object.hasOwn(row, cell.name) ? row[cell.name] : undefined;
      const result = judge(cell, value, member(path, cell.name), problems, warnings);
      if (typeof result === 'string') place.strings[place.base + cell.slot * place.stride] = result;
      else if (result !== undefined) place.numbers[place.base + cell.slot * place.stride] = result;
    }
    if (ignoreExtra) return;
    for (const key of Object.keys(row)) if (!names.has(key)) undeclared(key, row, path, names, problems);
  }

  return { describes: 'an object keyed by column', isRow: (document) => !Array.isArray(document), read, examine };
}

/** Writes a value that needs no second look; shared with arrays. */
export function put(cell: Cell, value: unknown, place: Place): boolean {
  const at = place.base + cell.slot * place.stride;
  if (cell.isString) {
    if (typeof value === 'string') {
      place.strings[at] = value;
      return takesString(cell, value);
    }
    place.strings[at] = MISSING;
  } else {
    if (typeof value === 'number') {
      place.numbers[at] = value;
      return takesNumber(cell, value);
    }
    if (typeof value === 'boolean') {
      place.numbers[at] = value ? 1 : 0;
      return takesNumber(cell, value ? 1 : 0);
    }
    place.numbers[at] = NaN;
  }
  return value === null && cell.nullable;
}

function undeclared(
  key: string,
  row: Record<string, unknown>,
  path: string,
  names: ReadonlySet<string>,
  problems: Problems,
): void {
  if (!problems.hasRoom) return problems.skip();
  // A column that the row already has is not what the writer meant.
  const near = nearest(key, names) ?? undefined;
  const meant = near !== undefined && !Object.hasOwn(row, near) ? near : undefined;
  const expected = meant === undefined ? `one of the columns ${listed(names)}` : `the column ${JSON.stringify(meant)}`;
  const suggestion = meant === undefined ? '' : `; did you mean ${JSON.stringify(meant)}?`;
  problems.add(member(path, key), expected, received(row[key]), {
    sentence: `the model has no such column${suggestion}`,
    hint: 'Leave it out, or pass undeclared columns by with ?extra=ignore (`--extra ignore`).',
  });
}

function listed(names: ReadonlySet<string>): string {
  const shown = [...names].slice(0, 20).map((name) => JSON.stringify(name));
  return shown.join(', ') + (names.size > shown.length ? `, … (${names.size} columns)` : '');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
