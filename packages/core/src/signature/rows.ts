import type { Tensor } from '../tensor/index.ts';
import { arrayForm } from './array-form.ts';
import { parseJson } from './json-document.ts';
import { blockTensors, layoutOf, makeBlock, type Layout } from './layout.ts';
import { Problems, received } from './problems.ts';
import type { Place, RowForm } from './row-form.ts';
import type { Signature } from './signature.ts';
import { checkSize, type SizeLimits } from './size-limits.ts';
import { tableForm } from './table-form.ts';
import { tensorReader } from './tensor-form.ts';
import { textForm } from './text-form.ts';

export interface RowOptions {
  /** `ignore` passes undeclared columns by; else they are problems. */
  readonly extra?: 'refuse' | 'ignore' | undefined;
}

/** Rows as the graph takes them. */
export interface Decoded {
  /** The document was one row: its answer is not in an array. */
  readonly single: boolean;
  readonly count: number;
  readonly tensors: Readonly<Record<string, Tensor>>;
  /** By row; rows without warnings are left out. */
  readonly warnings: ReadonlyMap<number, readonly string[]>;
}

/** The rows of one signature: rank, names, types, missing values and categories are checked here and nowhere else. */
export interface Rows {
  readonly signature: Signature;
  /** Undefined for form `tensors`, which has no cells. */
  readonly layout: Layout | undefined;
  /** How single rows are read; undefined for form `tensors`. */
  readonly form: RowForm | undefined;
  /** Of one request; undefined where nothing limits it, as in files. */
  readonly limits: SizeLimits | undefined;
  /** True when the rank of a JSON document says that it is one row. */
  readonly isRow: (document: unknown) => boolean;
  /**
   * The hot path: writes one row into its slots (see {@link Layout}) without allocating.
   * False when anything is wrong, worth a warning or not covered: then `decode` knows what.
   */
  read(row: unknown, numbers: Float64Array, strings: string[], ignoreExtra?: boolean): boolean;
  /** Decodes one row or an array of rows. Throws INVALID_INPUT with every problem. */
  decode(document: unknown, options?: RowOptions): Decoded;
  /** Decodes JSON text; integers beyond 2^53 reach int64 tensors exactly. */
  parse(text: string, options?: RowOptions): Decoded;
}

/** Compiles a signature into its row reader. `inputs`: see {@link layoutOf}. */
export function compileRows(signature: Signature, inputs?: readonly string[], limits?: SizeLimits): Rows {
  const layout = layoutOf(signature, inputs);
  if (!layout) return tensorRows(signature, limits);
  const form = { table: tableForm, array: arrayForm, text: textForm }[signature.form as 'table' | 'array' | 'text'](
    layout,
  );
  const place: { -readonly [K in keyof Place]: Place[K] } = {
    numbers: new Float64Array(0),
    strings: [],
    base: 0,
    stride: 1,
  };

  function decode(document: unknown, options: RowOptions = {}): Decoded {
    const single = form.isRow(document);
    if (single || Array.isArray(document)) {
      const count = single ? 1 : (document as unknown[]).length;
      checkSize(limits, count, count * (layout as Layout).cells.length);
      return decodeRows(form, layout as Layout, single ? [document] : (document as unknown[]), single, options);
    }
    throw wrongDocument(form, document);
  }

  return {
    signature,
    layout,
    form,
    limits,
    isRow: form.isRow,
    read(row, numbers, strings, ignoreExtra = false) {
      place.numbers = numbers;
      place.strings = strings;
      return form.read(row, place, ignoreExtra);
    },
    decode,
    parse: (text, options) => decode(parseJson(text), options),
  };
}

function decodeRows(
  form: RowForm,
  layout: Layout,
  rows: readonly unknown[],
  single: boolean,
  options: RowOptions,
): Decoded {
  const problems = new Problems();
  const warnings = new Map<number, readonly string[]>();
  const ignoreExtra = options.extra === 'ignore';
  const block = makeBlock(layout, rows.length);
  const width = layout.matrix ? layout.numbers.length : 0;
  const place: Place = { ...block, base: 0, stride: layout.matrix ? 1 : rows.length };
  for (let i = 0; i < rows.length; i++) {
    place.base = layout.matrix ? i * width : i;
    if (form.read(rows[i], place, ignoreExtra)) continue;
    const told: string[] = [];
    form.examine(rows[i], place, single ? '' : `rows[${i}]`, ignoreExtra, problems, told);
    if (told.length) warnings.set(i, told);
  }
  problems.throwIfAny();
  return { single, count: rows.length, tensors: blockTensors(layout, block, rows.length), warnings };
}

function wrongDocument(form: RowForm, document: unknown) {
  const problems = new Problems();
  problems.add('', `${form.describes}, or an array of such rows`, received(document));
  return problems.error();
}

function tensorRows(signature: Signature, limits: SizeLimits | undefined): Rows {
  const specs = signature.tensors ?? [];
  const reader = tensorReader(specs, limits);
  const hasInt64 = specs.some(({ dtype }) => dtype === 'int64' || dtype === 'uint64');
  return {
    signature,
    layout: undefined,
    form: undefined,
    limits,
    isRow: reader.isRow,
    read: () => false,
    decode: reader.decode,
    parse: (text, options) => reader.decode(parseJson(text, hasInt64 && /\d{16}/.test(text)), options),
  };
}
