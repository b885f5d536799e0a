import { ops, type Value } from '../../../ir/index.ts';
import type { Features } from '../../model/features.ts';
import {
  asNumber,
  itemsOf,
  NdArray,
  NpScalar,
  PyFloat,
  scalarOf,
  unwrap,
  type Fitted,
  type Plain,
  textOf,
} from '../fitted.ts';

/** A value that a row can hold, null for missing. Undefined: no row can (None in a column that also knows NaN). */
export type Key = string | number | null | undefined;

/** The known values of one column of an encoder, in its order. */
export interface KnownValues {
  /** Text, or numbers (booleans as 0 and 1). */
  readonly keys: readonly Key[];
  /** Undefined where nothing but missing values is known. */
  readonly kind: 'text' | 'number' | undefined;
  readonly booleans: boolean;
  /** The column was float32 in training: rows are rounded before they are compared. */
  readonly float32: boolean;
  /** Each value as Python prints it, for names of output columns. */
  readonly names: readonly string[];
}

/** `categories_` of an encoder, a list of arrays. */
export function categoriesOf(fitted: Fitted, width: number, name = 'categories_'): KnownValues[] {
  const columns = fitted.list(name);
  if (columns.length !== width) throw fitted.wrong(name, `${width} arrays`);
  return columns.map((column, at) => knownValues(column, fitted, at));
}

export function knownValues(column: Plain, fitted: Fitted, at: number): KnownValues {
  const dtype = column instanceof NdArray ? column.dtype : undefined;
  if (dtype && 'mMcSV'.includes(dtype.kind)) throw unreadable(fitted, at);
  const items = itemsOf(column) ?? [];
  const scalars = items.map(scalarOf);
  const present = scalars.filter((scalar) => scalar !== null);
  if (present.includes(undefined)) throw unreadable(fitted, at);
  const types = new Set(present.map((scalar) => (typeof scalar === 'boolean' ? 'number' : typeof scalar)));
  if (types.size > 1) {
    throw fitted.unsupported(
      `column ${at} with categories that mix text and numbers`,
      'Convert the column to one type and train again.',
    );
  }
  const hasNaN = items.some((item) => unwrap(item) !== null && scalarOf(item) === null);
  return {
    keys: items.map((item): Key => {
      const scalar = scalarOf(item) as string | number | boolean | null;
      if (scalar === null) return hasNaN && unwrap(item) === null ? undefined : null;
      return typeof scalar === 'boolean' ? Number(scalar) : scalar;
    }),
    kind: types.has('string') ? 'text' : types.has('number') ? 'number' : undefined,
    booleans: present.length > 0 && present.every((scalar) => typeof scalar === 'boolean'),
    float32: dtype?.kind === 'f' && dtype.itemSize === 4,
    names: items.map(pythonText),
  };
}

/** What encoders do with one column. */
export interface Coding {
  /** Code of each known value. */
  readonly codes: readonly number[];
  /** Code of every other value. */
  readonly unknown: number;
  /** The library refuses other values. */
  readonly closed: boolean;
  /** The library refuses missing values, whatever it knows. */
  readonly present?: boolean;
}

/** int64 code of a column of encoder input. Infinity is refused by the library, also where values are open. */
export function codeOf(
  input: Features,
  at: number,
  known: KnownValues,
  { codes, unknown, closed, present = false }: Coding,
): Value {
  const reachable = known.keys.flatMap((key, i) => (key === undefined ? [] : [{ key, code: codes[i] as number }]));
  const cell = cellOf(input, at, known);
  return ops.codes(present ? ops.require(cell, { present }) : cell, {
    keys: reachable.map(({ key }) => key),
    codes: reachable.map(({ code }) => code),
    unknown,
    closed,
    booleans: known.booleans,
  });
}

function cellOf(input: Features, at: number, { kind, float32 }: KnownValues): Value {
  if ((kind ?? input.kind(at)) === 'text') return input.text(at);
  const x = ops.require(input.number(at), { finite: true });
  return float32 ? ops.cast(ops.cast(x, 'float32'), 'float64') : x;
}

/** As `str(value)`, to the digits. */
export function pythonText(item: Plain): string {
  const plain = unwrap(item);
  if (plain === null || plain === undefined) return 'None';
  if (typeof plain === 'boolean') return plain ? 'True' : 'False';
  const isFloat = item instanceof PyFloat || (item instanceof NpScalar && item.dtype.kind === 'f');
  const number = asNumber(item);
  return isFloat && number !== undefined ? pythonFloat(number) : textOf(item);
}

function pythonFloat(number: number): string {
  if (Number.isNaN(number)) return 'nan';
  if (!Number.isFinite(number)) return number > 0 ? 'inf' : '-inf';
  const size = Math.abs(number);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    return number.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  return Number.isInteger(number) ? `${number}.0` : String(number);
}

function unreadable(fitted: Fitted, at: number): Error {
  return fitted.unsupported(
    `column ${at} with categories that are neither text, numbers nor booleans`,
    'Convert the column to text and train again.',
  );
}
