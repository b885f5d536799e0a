import { fail } from '../errors/index.ts';
import type { Cell } from './cell.ts';
import type { Layout } from './layout.ts';
import { nearest } from './nearest.ts';
import { Problems } from './problems.ts';
import type { RowForm as FormName } from './signature.ts';

/** Which field of a line goes where. */
export interface CsvColumns {
  /** By field; undefined: a field that is passed by. */
  readonly cells: readonly (Cell | undefined)[];
  readonly warnings: readonly string[];
}

/** Maps the names of the first line to cells. Extra columns are one warning; missing ones an error that names them. */
export function matchHeader(
  names: readonly string[],
  layout: Layout,
  form: FormName,
  keep: readonly string[] = [],
): CsvColumns {
  const byName = new Map(layout.cells.map((cell) => [cell.name, cell]));
  const gone = keep.find((name) => !names.includes(name));
  if (gone !== undefined)
    throw fail('INVALID_CSV', { line: 1, problem: `there is no column ${JSON.stringify(gone)} to keep.` });
  if (form !== 'table' && !names.some((name) => byName.has(name))) return byPosition(names, layout, keep);
  const seen = new Set<string>();
  const extra: string[] = [];
  const cells = names.map((name) => {
    const cell = byName.get(name);
    if (cell === undefined) {
      if (!keep.includes(name)) extra.push(name);
    } else if (seen.has(name))
      throw fail('INVALID_CSV', { line: 1, problem: `the column ${JSON.stringify(name)} is there twice.` });
    seen.add(name);
    return cell && cell.slot >= 0 ? cell : undefined;
  });
  checkMissing(names, layout, seen, extra);
  const warnings = extra.length
    ? [`The file has ${extra.length === 1 ? 'a column' : 'columns'} that the model does not use: ${listed(extra)}.`]
    : [];
  return { cells, warnings };
}

function checkMissing(
  names: readonly string[],
  layout: Layout,
  seen: ReadonlySet<string>,
  extra: readonly string[],
): void {
  const missing = layout.cells.filter((cell) => cell.slot >= 0 && !seen.has(cell.name));
  if (missing.length === 0) return;
  const problems = new Problems();
  const [only = ''] = names;
  const separator = names.length === 1 ? [';', '\t', '|'].find((character) => only.includes(character)) : undefined;
  const hint =
    separator === undefined
      ? undefined
      : `The first line seems to be separated by ${JSON.stringify(separator)}; separate the columns by commas.`;
  for (const { name } of missing) {
    const near = nearest(name, extra);
    const instead = near === undefined ? '' : `; the file has ${JSON.stringify(near)}`;
    problems.add(name, `column ${JSON.stringify(name)}`, 'nothing', {
      sentence: `the first line has no such column${instead}`,
      ...(hint ? { hint } : {}),
    });
  }
  problems.throwIfAny();
}

/** Models without column names take the fields in their order; those that are kept beside them have names. */
function byPosition(names: readonly string[], layout: Layout, keep: readonly string[]): CsvColumns {
  const used = names.filter((name) => !keep.includes(name));
  if (used.length !== layout.cells.length) {
    const problem = `the model takes ${layout.cells.length} columns, this file has ${used.length}.`;
    throw fail('INVALID_CSV', { line: 1, problem });
  }
  if (layout.numbers.length > 0 && used.every((name) => name.trim() !== '' && Number.isFinite(Number(name)))) {
    throw fail('INVALID_CSV', {
      line: 1,
      problem: 'the first line must name the columns, and this one holds numbers.',
    });
  }
  let next = 0;
  const cells = names.map((name) => {
    if (keep.includes(name)) return undefined;
    const cell = layout.cells[next++];
    return cell && cell.slot >= 0 ? cell : undefined;
  });
  return { cells, warnings: [] };
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 10).map((name) => JSON.stringify(name));
  return shown.join(', ') + (names.length > shown.length ? `, … (${names.length})` : '');
}
