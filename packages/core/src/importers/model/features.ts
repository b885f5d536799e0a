import { fail } from '../../errors/index.ts';
import { input, ops, value, type InputParams, type Value } from '../../ir/index.ts';

/**
 * A column of the model's input whose type nobody has asked for yet: the first user decides whether it holds
 * numbers or text, because fitted state does not say.
 */
export class InputColumn {
  readonly name: string;
  readonly position: number;
  #value: Value<InputParams> | undefined;

  constructor(name: string, position: number) {
    this.name = name;
    this.position = position;
  }

  /** The column as numbers or text; asking for both is an error of the model. */
  as(dtype: 'float64' | 'string'): Value<InputParams> {
    this.#value ??= value(input, { name: this.name, position: this.position }, [], dtype, 1) as Value<InputParams>;
    if (this.#value.dtype !== dtype) {
      throw fail('UNSUPPORTED_MODEL', {
        path: `column "${this.name}"`,
        what: 'using one column both as numbers and as text',
        why: '',
        advice: 'Give each use a column of its own and train again.',
      });
    }
    return this.#value;
  }

  /** What was asked for, or undefined when the model never uses the column. */
  get asked(): Value<InputParams> | undefined {
    return this.#value;
  }
}

type Part = InputColumn | Value;

/** Columns side by side as they flow from one estimator to the next: numbers and text may be mixed. */
export class Features {
  readonly parts: readonly Part[];
  /** Name of each position, where known (after fitting on a table). */
  readonly names: readonly string[] | undefined;
  readonly width: number;
  /**
   * Whether the library hands them on as a SciPy sparse matrix, whose zeros are not stored: XGBoost takes those for
   * missing.
   */
  readonly sparse: boolean;
  /** Where each position lies: its part and the offset in it. */
  readonly #places: readonly { readonly part: Part; readonly offset: number }[];
  #numbers: Value | undefined;

  constructor(parts: readonly Part[], names?: readonly string[], sparse = false) {
    this.parts = parts;
    this.sparse = sparse;
    this.#places = parts.flatMap((part): { part: Part; offset: number }[] =>
      part instanceof InputColumn
        ? [{ part, offset: 0 }]
        : Array.from({ length: part.width }, (_, offset) => ({ part, offset })),
    );
    this.width = this.#places.length;
    this.names = names?.length === this.width ? names : undefined;
  }

  static join(blocks: readonly Features[]): Features {
    const names = blocks.every((block) => block.names) ? blocks.flatMap((block) => block.names as string[]) : undefined;
    return new Features(
      blocks.flatMap((block) => block.parts),
      names,
      blocks.some((block) => block.sparse),
    );
  }

  /** Some positions, in the given order. */
  select(positions: readonly number[]): Features {
    const parts: Part[] = [];
    for (let i = 0; i < positions.length;) {
      const { part, offset } = this.#at(positions[i] as number);
      if (part instanceof InputColumn) {
        parts.push(part);
        i++;
        continue;
      }
      const offsets = [offset];
      while (i + offsets.length < positions.length) {
        const next = this.#at(positions[i + offsets.length] as number);
        if (next.part !== part) break;
        offsets.push(next.offset);
      }
      parts.push(ops.select(part, offsets));
      i += offsets.length;
    }
    const names = this.names && positions.map((at) => this.names?.[at] as string);
    return new Features(parts, names, this.sparse);
  }

  /** All columns as one float64 value `[N, width]`. Text is an error: strings never become numbers. */
  numbers(): Value {
    if (!this.width) throw noColumns();
    // Kept, so that the many estimators of an ensemble share one value.
    this.#numbers ??= ops.concat(
      this.parts.map((part) => (part instanceof InputColumn ? part.as('float64') : toFloat64(part))),
    );
    return this.#numbers;
  }

  /** One column, as text. */
  text(position: number): Value {
    const { part, offset } = this.#at(position);
    if (part instanceof InputColumn) return part.as('string');
    if (part.dtype !== 'string') throw mixed('a column of numbers is used as text');
    return ops.select(part, [offset]);
  }

  /** One column, as numbers. */
  number(position: number): Value {
    const { part, offset } = this.#at(position);
    return part instanceof InputColumn ? part.as('float64') : toFloat64(ops.select(part, [offset]));
  }

  /** What a column holds, as far as anybody asked. */
  kind(position: number): 'number' | 'text' | 'unknown' {
    const { part } = this.#at(position);
    const dtype = part instanceof InputColumn ? part.asked?.dtype : part.dtype;
    return dtype === undefined ? 'unknown' : dtype === 'string' ? 'text' : 'number';
  }

  /** Position of a named column. */
  indexOf(name: string): number {
    return this.names?.indexOf(name) ?? -1;
  }

  renamed(names: readonly string[] | undefined): Features {
    return new Features(this.parts, names, this.sparse);
  }

  /** The same columns, as a sparse matrix or not. */
  as(matrix: 'sparse' | 'dense'): Features {
    const sparse = matrix === 'sparse';
    if (sparse === this.sparse) return this;
    const same = new Features(this.parts, this.names, sparse);
    same.#numbers = this.#numbers;
    return same;
  }

  /** The same columns, as a sparse matrix where `other` is one. */
  like(other: Features): Features {
    return this.as(other.sparse ? 'sparse' : 'dense');
  }

  #at(position: number): { readonly part: Part; readonly offset: number } {
    const place = this.#places[position];
    if (!place) {
      throw fail('CORRUPT_FILE', { format: 'scikit-learn', problem: `column ${position} of ${this.width} is used` });
    }
    return place;
  }
}

function toFloat64(part: Value): Value {
  if (part.dtype === 'string') throw mixed('a column of text is used as numbers');
  return ops.cast(part, 'float64');
}

function noColumns(): Error {
  return fail('UNSUPPORTED_MODEL', {
    path: 'model',
    what: 'a step that leaves no columns',
    why: '',
    advice: 'Keep at least one column.',
  });
}

function mixed(what: string): Error {
  return fail('UNSUPPORTED_MODEL', {
    path: 'model',
    what,
    why: '',
    advice: 'Encode text columns before the model uses them.',
  });
}
