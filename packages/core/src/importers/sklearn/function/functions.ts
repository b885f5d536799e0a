import { ops, type Value } from '../../../ir/index.ts';
import { asNumber, numbersOf, unwrap, type Plain } from '../fitted.ts';
import { sigmoid } from '../linear/scores.ts';
import type { Call } from './arguments.ts';
import { arrangements, type Formula } from './arrangements.ts';

const same: Formula = (x) => x;

type Limits = Parameters<typeof ops.within>[1];

const below = (value: number) => ({ refuses: 'below', value }) as const;
const above = (value: number) => ({ refuses: 'above', value }) as const;
const exactly = (value: number) => ({ refuses: 'exactly', value }) as const;

/** A function that is a finite number only where its domain says. */
const on =
  (domain: Limits, of: (x: Value) => Value) =>
  (x: Value): Value =>
    of(ops.within(x, domain));

/** From here on exp is infinite. */
const OVERFLOW = 709.782712893384;
const positive: Limits = { missing: [below(0)], infinite: [exactly(0)] };
const unit: Limits = { missing: [below(-1), above(1)] };

const reciprocal = (x: Value): Value => ops.divide(ops.constant([1]), x);
const scaledLogarithm = (base: number) => (x: Value) => ops.divide(ops.logarithm(x), base);
const flag = (condition: Value): Value => ops.cast(condition, 'float64');

/** Toward zero. */
const truncate = (x: Value): Value => ops.where(ops.less(x, 0), ops.ceiling(x), ops.floor(x));

const cubeRoot = (x: Value): Value => {
  const root = ops.power(ops.absolute(x), ops.constant([1 / 3]));
  return ops.where(ops.less(x, 0), ops.negate(root), root);
};

const arcosh = (x: Value): Value => {
  const beyond = ops.subtract(x, 1);
  return ops.logOfOnePlus(ops.add(beyond, ops.squareRoot(ops.multiply(beyond, ops.add(beyond, 2)))));
};

const isInfinite = (x: Value): Value => ops.equal(ops.absolute(x), Infinity);

/** Functions of one argument. */
const unary: Readonly<Record<string, (x: Value) => Value>> = {
  abs: ops.absolute,
  absolute: ops.absolute,
  fabs: ops.absolute,
  arccos: on(unit, ops.inverseCosine),
  acos: on(unit, ops.inverseCosine),
  arccosh: on({ missing: [below(1)] }, arcosh),
  acosh: on({ missing: [below(1)] }, arcosh),
  arcsin: on(unit, ops.inverseSine),
  asin: on(unit, ops.inverseSine),
  arcsinh: ops.inverseHyperbolicSine,
  asinh: ops.inverseHyperbolicSine,
  arctan: ops.inverseTangent,
  atan: ops.inverseTangent,
  arctanh: on({ ...unit, infinite: [exactly(-1), exactly(1)] }, ops.inverseHyperbolicTangent),
  atanh: on({ ...unit, infinite: [exactly(-1), exactly(1)] }, ops.inverseHyperbolicTangent),
  cbrt: cubeRoot,
  ceil: ops.ceiling,
  cos: ops.cosine,
  cosh: ops.hyperbolicCosine,
  deg2rad: (x) => ops.multiply(x, Math.PI / 180),
  radians: (x) => ops.multiply(x, Math.PI / 180),
  degrees: (x) => ops.multiply(x, 180 / Math.PI),
  rad2deg: (x) => ops.multiply(x, 180 / Math.PI),
  exp: on({ infinite: [above(OVERFLOW)] }, ops.exponential),
  exp2: (x) => ops.power(ops.constant([2]), x),
  exp10: (x) => ops.power(ops.constant([10]), x),
  erf: ops.errorFunction,
  expit: sigmoid,
  expm1: on({ infinite: [above(OVERFLOW)] }, ops.exponentialMinusOne),
  fix: truncate,
  floor: ops.floor,
  isfinite: (x) => flag(ops.not(ops.or(ops.isMissing(x), isInfinite(x)))),
  isinf: (x) => flag(isInfinite(x)),
  isna: (x) => flag(ops.isMissing(x)),
  isnan: (x) => flag(ops.isMissing(x)),
  isnull: (x) => flag(ops.isMissing(x)),
  log: on(positive, ops.logarithm),
  log10: on(positive, scaledLogarithm(Math.LN10)),
  log1p: on({ missing: [below(-1)], infinite: [exactly(-1)] }, ops.logOfOnePlus),
  log2: on(positive, scaledLogarithm(Math.LN2)),
  logical_not: (x) => flag(ops.equal(x, 0)),
  logit: on({ missing: [below(0), above(1)], infinite: [exactly(0), exactly(1)] }, (x) =>
    ops.logarithm(ops.divide(x, ops.subtract(ops.constant([1]), x))),
  ),
  ndtri: on({ missing: [below(0), above(1)], infinite: [exactly(0), exactly(1)] }, ops.normalQuantile),
  neg: ops.negate,
  negative: ops.negate,
  notna: (x) => flag(ops.not(ops.isMissing(x))),
  reciprocal: on({ infinite: [exactly(0)] }, reciprocal),
  rint: ops.round,
  sign: ops.sign,
  signbit: (x) => flag(ops.or(ops.less(x, 0), ops.equal(reciprocal(x), -Infinity))),
  sin: ops.sine,
  sinc: (x) => {
    const angle = ops.multiply(x, Math.PI);
    return ops.where(ops.equal(x, 0), 1, ops.divide(ops.sine(angle), angle));
  },
  sinh: ops.hyperbolicSine,
  sqrt: on({ missing: [below(0)] }, ops.squareRoot),
  square: (x) => ops.multiply(x, x),
  tan: ops.tangent,
  tanh: ops.hyperbolicTangent,
  trunc: truncate,
};

/** f(c, x) for a number c that functools.partial gives, or one for each column. */
const binary: Readonly<Record<string, (c: Value, x: Value) => Value>> = {
  add: ops.add,
  divide: ops.divide,
  equal: (c, x) => flag(ops.equal(c, x)),
  float_power: ops.power,
  fmax: (c, x) => ops.where(ops.isMissing(x), c, ops.maximum(c, x)),
  fmin: (c, x) => ops.where(ops.isMissing(x), c, ops.minimum(c, x)),
  greater: (c, x) => flag(ops.greater(c, x)),
  greater_equal: (c, x) => flag(ops.greaterOrEqual(c, x)),
  less: (c, x) => flag(ops.less(c, x)),
  less_equal: (c, x) => flag(ops.lessOrEqual(c, x)),
  maximum: ops.maximum,
  minimum: ops.minimum,
  mul: ops.multiply,
  multiply: ops.multiply,
  not_equal: (c, x) => flag(ops.not(ops.equal(c, x))),
  pow: ops.power,
  power: ops.power,
  sub: ops.subtract,
  subtract: ops.subtract,
  true_divide: ops.divide,
  truediv: ops.divide,
};

/** NaN for rows with a missing value, as NumPy answers. */
function unlessMissing(of: (x: Value) => Value): (x: Value) => Value {
  return (x) => ops.where(ops.greater(ops.sum(flag(ops.isMissing(x))), 0), NaN, of(x));
}

/** One number a row, for `axis=1, keepdims=True`. */
const reductions: Readonly<Record<string, (x: Value) => Value>> = {
  amax: unlessMissing(ops.largest),
  amin: unlessMissing(ops.smallest),
  max: unlessMissing(ops.largest),
  mean: (x) => ops.divide(ops.sum(x), x.width),
  median: unlessMissing(ops.median),
  min: unlessMissing(ops.smallest),
  argmax: (x) => flag(ops.positionOfLargest(ops.where(ops.isMissing(x), Infinity, x))),
  argmin: (x) => flag(ops.positionOfSmallest(ops.where(ops.isMissing(x), -Infinity, x))),
  ptp: unlessMissing((x) => ops.subtract(ops.largest(x), ops.smallest(x))),
  std: (x) => ops.squareRoot(variance(x)),
  sum: ops.sum,
  var: variance,
};

/** Mean square of the distances to the mean of the row. */
function variance(x: Value): Value {
  const away = ops.subtract(x, ops.divide(ops.sum(x), x.width));
  return ops.divide(ops.sum(ops.multiply(away, away)), x.width);
}

/** Functions that give their columns back: copies, conversions to float64, and shapes of one column. */
const copies = [
  'array',
  'asanyarray',
  'asarray',
  'ascontiguousarray',
  'asfortranarray',
  'atleast_2d',
  'conj',
  'conjugate',
  'copy',
  'double',
  'float64',
  'float_',
  'pos',
  'positive',
  'real',
];
const flattened = ['ravel', 'squeeze'];

const clip: Formula = (x, call) => {
  if (call.before.length) return undefined;
  const least = bound(call.keyword('a_min', 'min', 'lower'), x.width);
  const most = bound(call.keyword('a_max', 'max', 'upper'), x.width);
  if (least === 'unknown' || most === 'unknown') return undefined;
  const raised = least ? ops.maximum(x, least) : x;
  return most ? ops.minimum(raised, most) : raised;
};

/** A bound of np.clip: none, a number, or a number for each column. */
function bound(given: Plain | undefined, width: number): Float64Array | undefined | 'unknown' {
  if (given === undefined || unwrap(given) === null) return undefined;
  const numbers = numbersOf(given)?.data;
  return numbers && (numbers.length === 1 || numbers.length === width) ? numbers : 'unknown';
}

/** To some decimals: times 10ⁿ, to the nearest integer with halves to even, divided by 10ⁿ. */
const round: Formula = (x, call) => {
  const decimals = call.number('decimals', 'ndigits') ?? 0;
  if (decimals === 0) return ops.round(x);
  const factor = 10 ** Math.abs(decimals);
  return decimals > 0
    ? ops.divide(ops.round(ops.multiply(x, factor)), factor)
    : ops.multiply(ops.round(ops.divide(x, factor)), factor);
};

const nanToNum: Formula = (x, call) => {
  const missing = ops.where(ops.isMissing(x), call.number('nan') ?? 0, x);
  const high = ops.where(ops.equal(missing, Infinity), call.number('posinf') ?? Number.MAX_VALUE, missing);
  return ops.where(ops.equal(high, -Infinity), call.number('neginf') ?? -Number.MAX_VALUE, high);
};

/** Number of the bin among given edges. */
const digitize: Formula = (x, call) => {
  const edges = numbersOf(call.keyword('bins'))?.data;
  if (!edges?.length || edges.some((edge, i) => i > 0 && edge < (edges[i - 1] as number))) return undefined;
  const right = unwrap(call.keyword('right')) === true;
  const steps = { edges, rows: Float64Array.from({ length: edges.length + 1 }, (_, bin) => bin) };
  if (!right)
    return ops.stepRows(
      x,
      Array.from({ length: x.width }, () => steps),
      1,
    );
  // Edges below x are those that are not at or above it: count from the other side.
  const mirrored = { edges: edges.toReversed().map((edge) => -edge), rows: steps.rows.toReversed() };
  return ops.stepRows(
    ops.negate(x),
    Array.from({ length: x.width }, () => mirrored),
    1,
  );
};

const whole: Formula = (x) => truncate(x);
const single: Formula = (x) => ops.cast(ops.cast(x, 'float32'), 'float64');

/**
 * Functions of NumPy, scipy.special and the operator module by name.
 *
 * Arguments that a formula does not look at are refused by the caller.
 */
export const functions: ReadonlyMap<string, Formula> = new Map<string, Formula>([
  ...Object.entries(unary).map(([name, of]): [string, Formula] => [name, (x) => of(x)]),
  ...Object.entries(binary).map(([name, of]): [string, Formula] => [name, (x, call) => applied(of, x, call)]),
  ...Object.entries(arrangements),
  ...Object.entries(reductions).map(([name, of]): [string, Formula] => [name, (x, call) => reduced(of, x, call)]),
  ...copies.map((name): [string, Formula] => [name, same]),
  ...flattened.map((name): [string, Formula] => [name, (x) => (x.width === 1 ? x : undefined)]),
  ...['around', 'round', 'round_'].map((name): [string, Formula] => [name, round]),
  ...['int64', 'int32', 'int_', 'int16', 'int8'].map((name): [string, Formula] => [name, whole]),
  ['clip', clip],
  ['digitize', digitize],
  ['float32', single],
  ['nan_to_num', nanToNum],
]);

function applied(of: (c: Value, x: Value) => Value, x: Value, call: Call): Value | undefined {
  const first = call.first(x.width);
  return first && of(ops.constant(first), x);
}

/** Over each row; without `keepdims` the library's result is no table any more. */
function reduced(of: (x: Value) => Value, x: Value, call: Call): Value | undefined {
  const axis = asNumber(call.keyword('axis'));
  const keeps = unwrap(call.keyword('keepdims')) === true;
  return (axis === 1 || axis === -1) && keeps ? of(x) : undefined;
}
