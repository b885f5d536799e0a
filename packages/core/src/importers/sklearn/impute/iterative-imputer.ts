import { ops, type Value } from '../../../ir/index.ts';
import { Features } from '../../model/features.ts';
import type { Context } from '../context.ts';
import type { Converter } from '../converter.ts';
import { asNumber, itemsOf, numbersOf, PyObject, type Fitted, type Plain } from '../fitted.ts';
import { checkedNumbers, isMissingNumber, markerOf, withIndicator } from './missing-values.ts';
import { simpleImputer } from './simple-imputer.ts';

/**
 * Each column predicted from the others, round after round, wherever it is missing.
 *
 * The rounds of training are repeated with their own models. The library leaves them out for a call in which every
 * value of every row is missing; here such a row is answered as among others.
 */
export const iterativeImputer: Converter = {
  types: ['sklearn.impute._iterative.IterativeImputer'],
  became: 'the models of its rounds, one after the other',
  exactness: '1e-12',
  state: (fitted) => `${fitted.list('imputation_sequence_').length} models in ${fitted.number('n_iter_')} rounds`,

  transform(fitted, input, context) {
    if (fitted.flag('sample_posterior', false)) {
      throw fitted.unsupported(
        'sample_posterior=True',
        'Train it with sample_posterior=False.',
        'it draws random numbers for every call',
      );
    }
    const marker = markerOf(fitted);
    const x = checkedNumbers(input.numbers(), marker);
    const kept = keptColumns(fitted, input.width);
    const names = input.names && kept.map((column) => input.names?.[column] as string);
    const initial = initialFill(fitted, new Features([x], input.names), context, kept);
    const missing = ops.select(isMissingNumber(x, marker), kept);
    const filled = fitted.number('n_iter_') === 0 ? initial : rounds(fitted, initial, missing, context, kept);
    return withIndicator(fitted, new Features([filled], names), input, marker);
  },
};

/** The first guess, without the columns that are dropped. */
function initialFill(fitted: Fitted, x: Features, context: Context, kept: readonly number[]): Value {
  const imputer = context.fitted(fitted.object_('initial_imputer_'), 'initial_imputer_');
  const filled = simpleImputer.transform?.(imputer, x, context).numbers();
  if (!filled) throw fitted.wrong('initial_imputer_', 'a SimpleImputer');
  // Up to 1.7 the strategy 'constant' keeps columns that the rounds leave out.
  if (filled.width === x.width && kept.length < x.width) return ops.select(filled, kept);
  if (filled.width !== kept.length)
    throw fitted.wrong('initial_imputer_', `an imputer that keeps ${kept.length} columns`);
  return filled;
}

function rounds(fitted: Fitted, initial: Value, missing: Value, context: Context, kept: readonly number[]): Value {
  const least = limits(fitted, '_min_value', -Infinity, kept.length);
  const most = limits(fitted, '_max_value', Infinity, kept.length);
  const empty = fitted.optionalArray('_is_empty_feature')?.data;
  const columns = Array.from({ length: kept.length }, (_, at) => ops.select(initial, [at]));
  const sequence = fitted.list('imputation_sequence_');
  const perRound = Math.max(1, Math.floor(sequence.length / fitted.number('n_iter_')));
  let reported = Infinity;
  sequence.forEach((item, i) => {
    const { target, neighbors, estimator } = triplet(fitted, item, kept.length);
    const others = new Features([ops.concat(neighbors.map((at) => columns[at] as Value))]);
    const predicted = context.member(estimator, others, `imputation_sequence_.${i}`);
    if (predicted.kind !== 'regressor' || predicted.value.width !== 1)
      throw fitted.wrong('imputation_sequence_', 'regressors of one target');
    if (i === perRound - 1) reported = context.steps.length;
    // Columns without a value in training keep their first guess.
    if (empty?.[kept[target] as number]) return;
    const bounded = bound(predicted.value, least[target] as number, most[target] as number);
    columns[target] = ops.replace(ops.select(missing, [target]), bounded, columns[target] as Value);
  });
  // The report shows the models of the first round.
  context.steps.length = Math.min(context.steps.length, reported);
  return ops.concat(columns);
}

function limits(fitted: Fitted, name: string, otherwise: number, width: number): Float64Array {
  return fitted.has(name) ? fitted.vector(name, width) : new Float64Array(width).fill(otherwise);
}

function bound(x: Value, least: number, most: number): Value {
  const raised = least === -Infinity ? x : ops.maximum(x, least);
  return most === Infinity ? raised : ops.minimum(raised, most);
}

interface Triplet {
  readonly target: number;
  readonly neighbors: readonly number[];
  readonly estimator: Plain | undefined;
}

/** `_ImputerTriplet(feat_idx, neighbor_feat_idx, estimator)`, a namedtuple. */
function triplet(fitted: Fitted, item: Plain, width: number): Triplet {
  const [target, neighbors, estimator] = (item instanceof PyObject ? item.args : itemsOf(item)) ?? [];
  const at = asNumber(target);
  const others = itemsOf(neighbors)?.map(asNumber);
  const inside = (position: number | undefined): position is number =>
    position !== undefined && position >= 0 && position < width;
  if (!inside(at) || !others?.length || !others.every(inside))
    throw fitted.wrong('imputation_sequence_', '(column, other columns, model)');
  return { target: at, neighbors: others, estimator };
}

/** Positions of the columns that are not dropped for having no value in training. */
function keptColumns(fitted: Fitted, width: number): number[] {
  const all = Array.from({ length: width }, (_, column) => column);
  if (fitted.flag('keep_empty_features', false)) return all;
  const empty = fitted.optionalArray('_is_empty_feature')?.data;
  if (empty) return all.filter((column) => !empty[column]);
  const statistics = numbersOf(fitted.object_('initial_imputer_').attr('statistics_'))?.data;
  if (statistics?.length !== width) throw fitted.wrong('initial_imputer_', `an imputer of ${width} columns`);
  return all.filter((column) => !Number.isNaN(statistics[column]));
}
