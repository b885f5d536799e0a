import { fail } from '../../errors/index.ts';

/** One named part of a structured dtype. */
export interface DtypeField {
  readonly name: string;
  readonly dtype: Dtype;
  readonly offset: number;
}

/** A NumPy dtype. `kind` is NumPy's letter: b i u f c U S O V M m. */
export interface Dtype {
  readonly kind: string;
  /** Bytes an element; for `U` four times its characters, for `O` 8. */
  readonly itemSize: number;
  readonly littleEndian: boolean;
  readonly fields?: readonly DtypeField[] | undefined;
  /** A sub-array dtype such as `(u4, (8,))`. */
  readonly sub?: { readonly base: Dtype; readonly shape: readonly number[] } | undefined;
  /** `ns`, `D`, `25s`, … for datetime64 and timedelta64. */
  readonly unit?: string | undefined;
}

/** Parts inside parts that a structured dtype may have; real ones have one or two. */
const MOST_NESTED = 16;
const MOST_BYTES = 2 ** 31;

const typeCodes: Readonly<Record<string, readonly [kind: string, itemSize: number]>> = {
  '?': ['b', 1],
  b: ['i', 1],
  B: ['u', 1],
  h: ['i', 2],
  H: ['u', 2],
  i: ['i', 4],
  I: ['u', 4],
  l: ['i', 8],
  L: ['u', 8],
  q: ['i', 8],
  Q: ['u', 8],
  e: ['f', 2],
  f: ['f', 4],
  d: ['f', 8],
  F: ['c', 8],
  D: ['c', 16],
  O: ['O', 8],
  M: ['M', 8],
  m: ['m', 8],
  U: ['U', 0],
  S: ['S', 0],
  V: ['V', 0],
};

const names = new Map<string, readonly [kind: string, itemSize: number]>([
  ['bool', ['b', 1]],
  ['object', ['O', 8]],
  ...[8, 16, 32, 64].map((bits) => [`int${bits}`, ['i', bits / 8]] as const),
  ...[8, 16, 32, 64].map((bits) => [`uint${bits}`, ['u', bits / 8]] as const),
  ...[16, 32, 64].map((bits) => [`float${bits}`, ['f', bits / 8]] as const),
  ...[64, 128].map((bits) => [`complex${bits}`, ['c', bits / 8]] as const),
]);

/** Reads `<f8`, `|b1`, `>M8[ns]`, `U12`, `float64`, or a type code such as `d`. Text that is none of them is an error. */
export function parseDtype(text: string): Dtype {
  const named = names.get(text);
  if (named) return { kind: named[0], itemSize: named[1], littleEndian: true };
  const match = /^([<>|=]?)([a-zA-Z?])(\d{0,9})(?:\[(\w{1,20})\])?$/.exec(text);
  if (!match) throw unknownDtype(text);
  const [, order, code = '', digits, unit] = match;
  const littleEndian = order !== '>';
  if (!digits) {
    const known = Object.hasOwn(typeCodes, code) ? typeCodes[code] : undefined;
    if (!known) throw unknownDtype(text);
    return { kind: known[0], itemSize: known[1], littleEndian, unit };
  }
  const size = Number(digits);
  const kind = code === 'a' ? 'S' : code;
  if (kind === 'U') return { kind, itemSize: size * 4, littleEndian };
  if (kind === 'O') return { kind, itemSize: 8, littleEndian };
  if (!'biufcSVMm'.includes(kind)) throw unknownDtype(text);
  return { kind, itemSize: size, littleEndian, unit };
}

/** A structured dtype. Every field must lie inside its `itemSize` bytes; fields may overlap, as in NumPy. */
export function structuredDtype(fields: readonly DtypeField[], itemSize: number): Dtype {
  if (!(itemSize >= 0 && itemSize <= MOST_BYTES)) throw invalid('a structured dtype has an impossible size');
  const seen = new Set<string>();
  for (const { name, dtype, offset } of fields) {
    if (seen.has(name)) throw invalid(`the field "${name}" of a structured dtype occurs twice`);
    seen.add(name);
    if (!Number.isInteger(offset) || offset < 0 || offset + dtype.itemSize > itemSize) {
      throw invalid(`the field "${name}" lies outside its record`);
    }
  }
  return checkNesting({ kind: 'V', itemSize, littleEndian: true, fields });
}

/** A dtype whose every element is an array of `shape`. */
export function subArrayDtype(base: Dtype, shape: readonly number[]): Dtype {
  let itemSize = base.itemSize;
  for (const dim of shape) itemSize *= dim;
  if (!(itemSize >= 0 && itemSize <= MOST_BYTES)) throw invalid('a sub-array dtype has an impossible size');
  return checkNesting({ kind: 'V', itemSize, littleEndian: true, sub: { base, shape } });
}

/** Known facts of composed dtypes, so that asking costs nothing however often parts are shared. */
const composed = new WeakMap<Dtype, { readonly depth: number; readonly hasObjects: boolean }>();

/** Whether elements hold Python objects, directly or in a field. */
export function hasObjects(dtype: Dtype): boolean {
  return dtype.kind === 'O' || (composed.get(dtype)?.hasObjects ?? false);
}

function checkNesting(dtype: Dtype): Dtype {
  const parts = dtype.sub ? [dtype.sub.base] : (dtype.fields ?? []).map((field) => field.dtype);
  const depth = 1 + Math.max(0, ...parts.map((part) => composed.get(part)?.depth ?? 0));
  if (depth > MOST_NESTED) throw invalid('a structured dtype is nested too deeply');
  composed.set(dtype, { depth, hasObjects: parts.some(hasObjects) });
  return dtype;
}

/** A dtype as NumPy writes it: `<f8`, `|b1`, `<M8[ns]`; structured ones name their fields. */
export function describeDtype(dtype: Dtype): string {
  const { kind, itemSize, unit, sub, fields } = dtype;
  if (sub) return `(${describeDtype(sub.base)}, (${sub.shape.join(', ')}))`;
  if (fields) return `{${fields.map((field) => `${field.name}: ${describeDtype(field.dtype)}`).join(', ')}}`;
  const order = itemSize === 1 || 'bSVO'.includes(kind) ? '|' : dtype.littleEndian ? '<' : '>';
  const size = kind === 'U' ? itemSize / 4 : kind === 'O' ? '' : itemSize;
  return `${order}${kind}${size}${unit ? `[${unit}]` : ''}`;
}

function unknownDtype(text: string) {
  return fail('UNSUPPORTED_FORMAT', {
    what: `The NumPy dtype "${text.slice(0, 40)}"`,
    why: 'it is not one of NumPy’s built-in types.',
    advice: 'Convert the array to a built-in dtype (float64, int64, str, object) and save the model again.',
  });
}

function invalid(problem: string) {
  return fail('CORRUPT_FILE', { format: 'numpy', problem });
}
