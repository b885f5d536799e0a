import { ops, type Value } from '../../ir/index.ts';
import { Features } from '../model/features.ts';
import { itemsOf, PyDict, type Fitted, type Plain, textOf } from '../sklearn/fitted.ts';

/** Columns that take the place of an encoded one. */
export interface Made {
  readonly value: Value;
  readonly names: readonly string[];
}

/** Columns of the table that the encoder was fitted on, as their names stand in its mappings. */
function columnsOf(fitted: Fitted, input: Features): readonly string[] {
  if (input.names) return input.names;
  const own = itemsOf(fitted.raw('feature_names_in_'));
  return own?.length === input.width ? own.map(String) : Array.from({ length: input.width }, (_, i) => String(i));
}

/**
 * The table after encoding: encoded columns replaced where they stand, the others as they are, those that were the same
 * in all of training left out (`drop_invariant`).
 */
export function replaced(
  fitted: Fitted,
  input: Features,
  encode: (column: string, at: number) => Made | undefined,
  front?: (like: Value) => Made,
): Features {
  refuseExtensions(fitted);
  const columns = columnsOf(fitted, input);
  const encoded = new Set((itemsOf(fitted.raw('cols')) ?? []).map(String));
  const blocks: Features[] = [];
  let like: Value | undefined;
  columns.forEach((column, at) => {
    const made = encoded.has(column) ? encode(column, at) : undefined;
    if (made) {
      like ??= made.value;
      if (made.names.length) blocks.push(new Features([made.value], made.names));
    } else if (!encoded.has(column)) blocks.push(input.select([at]).renamed([column]));
  });
  const first = like && front?.(like);
  if (first) blocks.unshift(new Features([first.value], first.names));
  return withoutInvariant(fitted, Features.join(blocks));
}

function withoutInvariant(fitted: Fitted, made: Features): Features {
  if (!fitted.flag('drop_invariant', false)) return made;
  const dropped = new Set(
    (itemsOf(fitted.raw('invariant_cols')) ?? itemsOf(fitted.raw('drop_cols')) ?? []).map(String),
  );
  const kept = (made.names ?? []).flatMap((name, at) => (dropped.has(name) ? [] : [at]));
  if (!kept.length)
    throw fitted.unsupported('an encoder that drops every column', 'Train it with drop_invariant=False.');
  return made.select(kept);
}

/** Parameters that came with 2.8 and later and change what is encoded. */
function refuseExtensions(fitted: Fitted): void {
  const lumped = fitted.raw('min_group_lumping_');
  if (lumped instanceof PyDict && lumped.size)
    throw fitted.unsupported(
      'min_group_size in this encoder',
      'Put rare categories together before the model and train again.',
    );
  if (itemsOf(fitted.raw('composite_cols'))?.length)
    throw fitted.unsupported('composite_cols', 'Join the columns before the model and train again.');
}

/** A column whose encoding is a constant row for rows that have no column left. */
export function nothing(like: Value): Made {
  return { value: ops.repeat([0], like), names: [] };
}

/** Entries of a mapping that is a list of `{'col': …, 'mapping': …}`. */
export function listedMappings(fitted: Fitted, name = 'mapping'): Map<string, Plain> {
  const found = new Map<string, Plain>();
  for (const entry of fitted.list(name)) {
    const column = entry instanceof PyDict ? entry.get('col') : undefined;
    const mapping = entry instanceof PyDict ? entry.get('mapping') : undefined;
    if (column === undefined || mapping === undefined) throw fitted.wrong(name, "a list of {'col', 'mapping'}");
    found.set(textOf(column), mapping);
  }
  return found;
}

/** Entries of a mapping that is a dict by column. */
export function keyedMappings(fitted: Fitted, name = 'mapping'): Map<string, Plain> {
  const dict = fitted.raw(name);
  if (!(dict instanceof PyDict)) throw fitted.wrong(name, 'a dict by column');
  return new Map([...dict.entries()].map(([column, mapping]) => [textOf(column), mapping]));
}
