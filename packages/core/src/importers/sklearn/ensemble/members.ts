import { ops, type Value } from '../../../ir/index.ts';
import { Features, InputColumn } from '../../model/features.ts';
import type { Classes, Classifier, Prediction, Regressor } from '../../model/prediction.ts';
import type { Scalar } from '../../../signature/index.ts';
import type { Context } from '../context.ts';
import type { Fitted, Plain } from '../fitted.ts';

/** The answer of a member that has to be a classifier of one target. */
export function classifierMember(
  fitted: Fitted,
  estimator: Plain,
  input: Features,
  context: Context,
  name: string,
): Classifier {
  const prediction = context.member(estimator, input, name);
  if (prediction.kind === 'classifier') return prediction;
  throw unfit(fitted, name, prediction, 'classifier');
}

/** The answer of a member that has to be a regressor. */
export function regressorMember(
  fitted: Fitted,
  estimator: Plain,
  input: Features,
  context: Context,
  name: string,
): Regressor {
  const prediction = context.member(estimator, input, name);
  if (prediction.kind === 'regressor') return prediction;
  throw unfit(fitted, name, prediction, 'regressor');
}

function unfit(fitted: Fitted, name: string, { kind }: Prediction, wanted: string): Error {
  return fitted.unsupported(
    `${name} that answers as a ${kind} inside a ${fitted.name}`,
    `Use a ${wanted} of one target there and train again.`,
  );
}

/** Numbers that a meta-estimator checks itself before its members see them: nothing missing, nothing infinite. */
export function checkedInput(input: Features): Features {
  return new Features([ops.require(input.numbers(), { present: true, finite: true })], input.names).like(input);
}

/** The columns of one member. Those that earlier steps made stay in sight, for what these steps refuse. */
export function someColumns(input: Features, columns: readonly number[]): Features {
  const isRaw = input.parts.every((part) => part instanceof InputColumn);
  const isNumeric = Array.from({ length: input.width }, (_, at) => input.kind(at)).every((kind) => kind === 'number');
  if (isRaw || !isNumeric) return input.select(columns);
  return new Features(
    [ops.select(input.numbers(), columns)],
    input.names && columns.map((at) => input.names?.[at] as string),
    input.sparse,
  );
}

/** Where a member's classes stand among those of the ensemble. */
export type Places = readonly number[];

/** Places of classes that carry the ensemble's own labels; some boosters call False and True 0 and 1. */
export function placesByLabel(inner: Classes, outer: Classes, fitted: Fitted): Places {
  const plain = (label: Scalar): Scalar => (typeof label === 'boolean' ? Number(label) : label);
  const all = outer.labels.map(plain);
  return checked(
    inner.labels.map((label) => all.indexOf(plain(label))),
    outer.labels.length,
    fitted,
  );
}

/** Places of classes that are positions already: the ensemble encoded its labels before it fitted its members. */
export function placesByCode(inner: Classes, count: number, fitted: Fitted): Places {
  return checked(inner.labels.map(Number), count, fitted);
}

function checked(places: readonly number[], count: number, fitted: Fitted): Places {
  if (places.every((place) => Number.isInteger(place) && place >= 0 && place < count)) return places;
  throw fitted.wrong('estimators_', 'classifiers of the classes of the ensemble');
}

/** Whether a member knows exactly the classes of the ensemble, in their order. */
export function areAll(places: Places, count: number): boolean {
  return places.length === count && places.every((place, at) => place === at);
}

/** A member's columns at their places, zeros where it does not know a class. */
export function spread(x: Value, places: Places, count: number): Value {
  if (areAll(places, count)) return x;
  const zero = places.length;
  const sources = Array.from({ length: count }, (_, place) => {
    const at = places.indexOf(place);
    return at < 0 ? zero : at;
  });
  return ops.select(ops.concat([x, ops.repeat([0], x)]), sources);
}

/** int64 position among the ensemble's classes. */
export function placed(position: Value, places: Places, count: number): Value {
  return areAll(places, count) ? position : ops.labels(position, places);
}

/** 1.0 in the column of the predicted class, else 0.0. */
export function vote(position: Value, places: Places, count: number): Value {
  const columns = Array.from({ length: count }, (_, k) => k);
  return ops.indicator(placed(position, places, count), columns);
}

/** Sum of the members' blocks in their order. */
export function total(blocks: readonly Value[]): Value {
  return ops.sumOfRounds(ops.concat(blocks), (blocks[0] as Value).width);
}
