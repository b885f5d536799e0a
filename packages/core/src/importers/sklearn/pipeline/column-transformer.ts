import { Features } from '../../model/features.ts';
import type { Converter } from '../converter.ts';
import { asNumber, itemsOf, PyDict, PyObject, unwrap, type Fitted, type Plain } from '../fitted.ts';
import { isSkipped } from './pipeline.ts';

/** Some columns through one transformer, others through another; the results side by side. */
export const columnTransformer: Converter = {
  types: ['sklearn.compose._column_transformer.ColumnTransformer'],
  became: 'columns picked, results joined',
  exactness: 'bit-exact',
  sparse: (fitted) => fitted.flag('sparse_output_', false),
  state: (fitted) =>
    fitted
      .list('transformers_')
      .map((entry) => nameOf(itemsOf(entry)?.[0]))
      .join(', '),

  transform(fitted, input, context) {
    const weights = weightsOf(fitted);
    const blocks: Features[] = [];
    for (const entry of fitted.list('transformers_')) {
      const [name, transformer, columns] = itemsOf(entry) ?? [];
      if (typeof name !== 'string' || transformer === undefined)
        throw fitted.wrong('transformers_', '(name, transformer, columns)');
      const positions = positionsOf(fitted, name, columns, input);
      if (transformer === 'drop' || !positions.length) continue;
      const chosen = input.select(positions);
      // From 1.4 on 'passthrough' is stored as a FunctionTransformer without a function.
      const block = isSkipped(transformer) ? chosen : context.transform(transformer, chosen, name);
      const weight = weights.get(name);
      blocks.push(weight === undefined ? block : context.scaled(block, weight));
    }
    if (!blocks.length)
      throw fitted.unsupported('a ColumnTransformer that keeps no column', 'Keep at least one column.');
    return Features.join(blocks);
  },
};

function nameOf(name: Plain | undefined): string {
  return typeof name === 'string' ? name : '?';
}

/** `transformer_weights` of ColumnTransformer and FeatureUnion. */
export function weightsOf(fitted: Fitted): Map<string, number> {
  const weights = new Map<string, number>();
  const dict = fitted.raw('transformer_weights');
  if (dict instanceof PyDict) {
    for (const [name, weight] of dict.entries()) {
      const number = asNumber(weight);
      if (typeof name === 'string' && number !== undefined) weights.set(name, number);
    }
  }
  return weights;
}

/** Positions of a transformer's columns: those that fitting resolved, else by names, numbers, mask or slice. */
function positionsOf(fitted: Fitted, name: string, columns: Plain | undefined, input: Features): number[] {
  const resolved = fitted.raw('_transformer_to_input_indices');
  const known = resolved instanceof PyDict ? itemsOf(resolved.get(name))?.map(asNumber) : undefined;
  if (known?.every((at): at is number => at !== undefined)) return known;
  const positions = resolve(columns, input);
  if (!positions)
    throw fitted.unsupported(`the column selection of "${name}"`, 'Name the columns in a list and train again.');
  return positions;
}

function resolve(columns: Plain | undefined, input: Features): number[] | undefined {
  const single = unwrap(columns);
  if (typeof single === 'string') return resolve([single], input);
  if (typeof single === 'number') return [single < 0 ? single + input.width : single];
  if (columns instanceof PyObject && columns.path.endsWith('.slice')) return slice(columns.args, input);
  const items = itemsOf(columns)?.map(unwrap);
  if (!items) return undefined;
  if (items.length && items.every((item) => typeof item === 'boolean')) {
    return items.flatMap((chosen, at) => (chosen ? [at] : []));
  }
  const positions = items.map((item) => {
    if (typeof item === 'string') return input.indexOf(item);
    return typeof item === 'number' ? (item < 0 ? item + input.width : item) : -1;
  });
  return positions.includes(-1) ? undefined : positions;
}

function slice(args: readonly Plain[], input: Features): number[] | undefined {
  const [start, stop, step] = args;
  if (step !== null && step !== undefined && step !== 1) return undefined;
  const bound = (limit: Plain | undefined, otherwise: number, inclusive: number): number => {
    if (typeof limit === 'number') return limit < 0 ? limit + input.width : Math.min(limit, input.width);
    return typeof limit === 'string' ? input.indexOf(limit) + inclusive : otherwise;
  };
  const first = bound(start, 0, 0);
  const last = bound(stop, input.width, 1); // slices of names include their end
  return Array.from({ length: Math.max(0, last - first) }, (_, i) => first + i);
}
