import { isWithin, limitsInWords } from './limits.ts';
import { MISSING } from './missing.ts';
import { nearest } from './nearest.ts';
import { received, type Problems } from './problems.ts';
import type { Column, Scalar } from './signature.ts';

/** Allowed values that a message lists. */
const LISTED = 20;
const ISO_TIME = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/;

/**
 * The rules of one column, resolved once.
 *
 * Numbers: booleans count as 1 and 0 (NumPy's rule for bool columns); 0 and 1 are booleans. Numbers never come from
 * strings and strings never from numbers. With `float32` a value is judged after the library's own rounding.
 */
export interface Cell {
  readonly column: Column;
  readonly name: string;
  /** Position among the number slots or the string slots of a row; −1: accepted and ignored. */
  readonly slot: number;
  readonly isString: boolean;
  readonly nullable: boolean;
  readonly infinite: boolean;
  /** A number with no rule but finiteness. */
  readonly simple: boolean;
  /** Categories as they stand in slots: booleans are 1 and 0. */
  readonly known: ReadonlySet<string | number> | undefined;
  /** In messages: `number`, `integer or null`, `one of "a", "b"`. */
  readonly expected: string;
}

/** True for columns whose cells are strings in the graph. */
export function holdsText(column: Column): boolean {
  return column.type === 'string' || column.type === 'datetime';
}

export function makeCell(column: Column, slot: number): Cell {
  const { type, float32 = false, infinite = false, categories, limits } = column;
  const isString = holdsText(column);
  const simple = type === 'number' && !float32 && !categories && !limits;
  const known = categories && new Set(categories.map((value) => (typeof value === 'boolean' ? Number(value) : value)));
  const { name, nullable } = column;
  return { column, name, slot, isString, nullable, infinite, simple, known, expected: expectation(column) };
}

/** True for a number that needs no second look: allowed, and known where categories are known. */
export function takesNumber(cell: Cell, value: number): boolean {
  if (value - value !== 0) return cell.infinite && cell.simple && value === value;
  return cell.simple || (obeysRules(cell, value) && (cell.known === undefined || cell.known.has(value)));
}

/** True for a string that needs no second look. */
export function takesString(cell: Cell, value: string): boolean {
  if (cell.known !== undefined) return cell.known.has(value);
  return value !== MISSING && cell.column.type === 'string';
}

/**
 * Judges any value: returns what goes into the slot, or undefined after telling `problems`.
 * A category that training did not know, where the model allows it, adds to `warnings`.
 */
export function judge(
  cell: Cell,
  value: unknown,
  path: string,
  problems: Problems,
  warnings: string[],
): number | string | undefined {
  if (value === null && cell.nullable) return cell.isString ? MISSING : NaN;
  const result = cell.isString ? stringOf(cell, value) : numberOf(cell, value);
  if (result === undefined) {
    refuse(cell, value, path, problems);
    return undefined;
  }
  if (cell.known === undefined || cell.known.has(result)) return result;
  if (!cell.column.closed) {
    warnings.push(unknownCategory(cell, result));
    return result;
  }
  refuse(cell, value, path, problems);
  return undefined;
}

/** `plan: "platinum" is not among the categories that training saw; the model treats it as unknown`. */
function unknownCategory(cell: Cell, value: number | string): string {
  const near = typeof value === 'string' ? nearest(value, texts(cell.column.categories)) : undefined;
  const hint = near === undefined ? '' : ` (did you mean ${JSON.stringify(near)}?)`;
  return `${cell.name}: ${received(value)} is not among the categories that training saw${hint}; the model treats it as unknown`;
}

function numberOf(cell: Cell, value: unknown): number | undefined {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value !== 'number' || Number.isNaN(value)) return undefined;
  return obeysRules(cell, value) ? value : undefined;
}

function obeysRules(cell: Cell, value: number): boolean {
  const { type, float32, limits } = cell.column;
  if (!Number.isFinite(float32 ? Math.fround(value) : value) && !cell.infinite) return false;
  if (limits && !isWithin(limits, value)) return false;
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'boolean') return value === 0 || value === 1;
  return true;
}

function stringOf(cell: Cell, value: unknown): string | undefined {
  if (cell.column.numerals && typeof value === 'boolean') return value ? '1' : '0';
  if (cell.column.numerals && Number.isSafeInteger(value)) return String(value);
  if (typeof value !== 'string' || value === MISSING) return undefined;
  return cell.column.type === 'datetime' && !ISO_TIME.test(value) ? undefined : value;
}

function refuse(cell: Cell, value: unknown, path: string, problems: Problems): void {
  if (!problems.hasRoom) return problems.skip();
  const near =
    typeof value === 'string' && cell.known && cell.isString
      ? nearest(value, texts(cell.column.categories))
      : undefined;
  const hint = hintFor(cell, value);
  const expected = near === undefined ? cell.expected : `${cell.expected} (did you mean ${JSON.stringify(near)}?)`;
  problems.add(path, expected, received(value), hint === undefined ? {} : { hint });
}

function hintFor(cell: Cell, value: unknown): string | undefined {
  if (!cell.isString && typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))) {
    return `Write numbers without quotes: ${value.trim()}, not ${JSON.stringify(value)}.`;
  }
  if (cell.isString && (typeof value === 'number' || typeof value === 'boolean')) {
    return `"${cell.name}" holds text: write the value in quotes, ${JSON.stringify(String(value))}.`;
  }
  if (value === null) return `"${cell.name}" may not be missing: the model was trained without missing values there.`;
  if (typeof value === 'number' && cell.column.float32 && Math.abs(value) > 1e38 && Number.isFinite(value)) {
    return 'The original library computes this column in float32, whose range ends at about 3.4e38.';
  }
  return undefined;
}

function expectation(column: Column): string {
  const orNull = column.nullable ? ' or null' : '';
  if (column.categories && column.closed) return `one of ${listed(column.categories)}${orNull}`;
  if (column.type === 'datetime') return `date or time such as "2026-01-31T08:00:00Z"${orNull}`;
  const within = limitsInWords(column.limits);
  const orWhole = column.numerals ? ', integer, boolean' : '';
  return `${column.type}${orWhole}${within && ` ${within}`}${orNull}`;
}

function listed(values: readonly Scalar[]): string {
  const shown = values.slice(0, LISTED).map((value) => received(value));
  return shown.join(', ') + (values.length > LISTED ? `, … (${values.length} values)` : '');
}

function* texts(values: readonly Scalar[] | undefined): Iterable<string> {
  for (const value of values ?? []) if (typeof value === 'string') yield value;
}
