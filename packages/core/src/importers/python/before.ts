import { fail } from '../../errors/index.ts';
import { Features } from '../model/features.ts';
import type { Context } from '../sklearn/context.ts';
import type { Bundle, Part } from './bundle.ts';
import { fittedOn } from './columns.ts';
import { converters } from './converters.ts';

/** The estimator whose columns the rows have: the first part, or the model where that part works on some of its columns. */
export function takesRows({ before, model }: Bundle): Part['model'] {
  const [first] = before;
  if (!first) return model;
  const own = fittedOn(first.model, converters).names;
  const all = fittedOn(model, converters).names;
  return own && all && own.length < all.length && own.every((name) => all.includes(name)) ? model : first.model;
}

/** Rows through the parts before the model, one after the other, up to the columns that the model takes. */
export function throughParts({ before, model, path }: Bundle, input: Features, context: Context): Features {
  const output = before.reduce((features, part) => through(part, features, context), input);
  const { names, count } = fittedOn(model, converters);
  if (before.length && count !== undefined && count !== output.width) {
    const last = before.at(-1) as Part;
    throw fail(
      'NOT_A_MODEL',
      {
        problem: `${keyOf(last)} (${last.model.name}) makes ${output.width} columns; ${path.join('.')} takes ${count}.`,
      },
      { hint: 'Make a Pipeline of both with a ColumnTransformer that says which columns go where, and save that.' },
    );
  }
  const order = names?.map((name) => output.indexOf(name));
  return before.length && order?.every((at) => at >= 0) ? output.select(order) : output;
}

/** A part that knows its columns by name, fewer than there are, changes them in place: `df[cols] = scaler.transform(df[cols])`. */
function through(part: Part, input: Features, context: Context): Features {
  const name = keyOf(part);
  const own = fittedOn(part.model, converters).names;
  const places = own?.map((column) => input.indexOf(column)) ?? [];
  if (!own || own.length >= input.width || places.some((at) => at < 0))
    return context.transform(part.model, input, name);
  const changed = context.transform(part.model, input.select(places), name);
  if (changed.width !== own.length) {
    throw fail(
      'NOT_A_MODEL',
      {
        problem: `${name} (${part.model.name}) makes ${changed.width} columns of ${own.length}, and it is not said where they go.`,
      },
      { hint: 'Make a Pipeline of both with a ColumnTransformer, and save that.' },
    );
  }
  const columns = Array.from({ length: input.width }, (_, at) => {
    const place = places.indexOf(at);
    return place < 0 ? input.select([at]) : changed.select([place]);
  });
  return Features.join(columns).renamed(input.names);
}

/** What the report says of transformers that the model is used without. */
export function ignoredWarning({ ignored, model, path }: Bundle): string[] {
  if (!ignored.length) return [];
  const own = path.join('.');
  const parts = ignored.map((part) => `${keyOf(part)} (${part.model.name})`).join(', ');
  const chain = [...ignored.map(keyOf), own].join('+');
  return [
    `${parts} beside ${own} (${model.name}) is not applied: rows have to come as the model takes them. ` +
      `--object ${chain} applies it first; --object ${own} says that the model alone is meant.`,
  ];
}

function keyOf({ path }: Part): string {
  return path.join('.');
}
