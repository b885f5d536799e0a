import { ops, type Value } from '../../../ir/index.ts';
import { Features } from '../../model/features.ts';
import { checked } from '../linear/scores.ts';
import type { Converter } from '../converter.ts';
import { nextAbove } from '../next-above.ts';
import { asNumber, numbersOf, PyObject, type Fitted, type Plain } from '../fitted.ts';
import { piecesOf, slopesAt, valuesAt, type BSpline, type Piece } from './spline-pieces.ts';

/**
 * The B-splines of each column at x.
 *
 * Outside the knots: their value at the border ('constant'), a straight line ('linear'), the last polynomial
 * ('continue'), or as if the knots were a circle ('periodic').
 */
export const splineTransformer: Converter = {
  types: ['sklearn.preprocessing._polynomial.SplineTransformer'],
  became: 'polynomials between knots',
  exactness: '1e-12',
  sparse: (fitted) => fitted.flag('sparse_output', false),
  state: (fitted) => `degree ${fitted.number('degree', 3)}, extrapolation=${fitted.text('extrapolation', 'constant')}`,

  transform(fitted, input) {
    const splines = splinesOf(fitted, input.width);
    const zeros = fitted.text('handle_missing', 'error') === 'zeros';
    const given = input.numbers();
    const x = bounded(fitted, splines, zeros ? given : checked(given));
    const y = evaluated(fitted, x, splines);
    const { splines: each = 0 } = splines[0] ?? {};
    const owner = Array.from({ length: input.width * each }, (_, i) => Math.floor(i / each));
    const known = zeros ? ops.where(ops.select(ops.isMissing(given), owner), 0, y) : y;
    const kept = owner.map((_column, i) => i).filter((i) => fitted.flag('include_bias', true) || (i + 1) % each !== 0);
    const names = input.names && kept.map((i) => `${input.names?.[owner[i] as number]}_sp_${i % each}`);
    return new Features([ops.select(known, kept)], names);
  },
};

/** With extrapolation='error' the library refuses x outside the knots. */
function bounded(fitted: Fitted, splines: readonly BSpline[], x: Value): Value {
  if (fitted.text('extrapolation', 'constant') !== 'error') return x;
  const domains = splines.map(({ knots, degree }) => {
    const [least, most] = [knots[degree] as number, knots[knots.length - 1 - degree] as number];
    return { always: [{ refuses: 'below', value: least } as const, { refuses: 'above', value: most } as const] };
  });
  return ops.within(x, ...domains);
}

/** All splines of all columns, column after column. */
function evaluated(fitted: Fitted, x: Value, splines: readonly BSpline[]): Value {
  const { splines: each, degree } = splines[0] as BSpline;
  const powers = Math.max(degree, 1) + 1;
  const outputs = 2 + powers * each;
  const mode = fitted.text('extrapolation', 'constant');
  const at = mode === 'periodic' ? wrapped(x, splines) : x;
  const bounds = boundsOf(mode, splines);
  const tables = splines.map((spline, c) => {
    const { edges, pieces } = extended(fitted, mode, spline, bounds[c] as Bounds);
    return { edges, rows: pieces.flatMap((piece) => rowOf(piece, powers, each)) };
  });
  const found = ops.stepRows(at, tables, outputs);
  const column = (offset: number): number[] => splines.map((_, c) => c * outputs + offset);
  const block = (power: number): Value =>
    ops.select(
      found,
      splines.flatMap((_, c) => Array.from({ length: each }, (_spline, k) => c * outputs + 2 + power * each + k)),
    );
  const u = ops.divide(ops.subtract(at, ops.select(found, column(0))), ops.select(found, column(1)));
  const repeated = ops.select(
    u,
    splines.flatMap((_, c) => Array.from({ length: each }, () => c)),
  );
  let y = block(powers - 1);
  for (let power = powers - 2; power >= 0; power--) y = ops.add(ops.multiply(y, repeated), block(power));
  return y;
}

/** Origin, scale, then the coefficients power by power. */
function rowOf({ origin, scale, coefficients }: Piece, powers: number, each: number): number[] {
  const row = [origin, scale];
  for (let power = 0; power < powers; power++) row.push(...(coefficients[power] ?? new Float64Array(each)));
  return row;
}

/** Which knots bound a column, counted from both ends, and how many splines reach over the bounds. */
interface Bounds {
  readonly knot: number;
  readonly reach: number;
}

/**
 * Lines go on with at least two splines. Where the degree is less, the library counts it up while it walks over the
 * columns, so that later columns are bounded by knots further inside.
 */
function boundsOf(mode: string, splines: readonly BSpline[]): Bounds[] {
  let degree = splines[0]?.degree ?? 0;
  return splines.map(() => {
    const knot = degree;
    if (mode === 'linear' && degree <= 1) degree++;
    return { knot, reach: degree };
  });
}

/** Pieces with what stands outside the bounds. */
function extended(fitted: Fitted, mode: string, spline: BSpline, { knot, reach }: Bounds): ReturnType<typeof piecesOf> {
  const own = piecesOf(spline);
  if (mode === 'continue' || mode === 'periodic') return own;
  const least = spline.knots[knot] as number;
  const most = spline.knots[spline.knots.length - 1 - knot] as number;
  const pieceOf = (x: number): Piece => own.pieces[own.edges.filter((edge) => edge <= x).length] as Piece;
  const outside = (border: number, low: boolean): Piece => {
    if (mode !== 'constant' && mode !== 'linear')
      return { origin: 0, scale: 1, coefficients: [new Float64Array(spline.splines).fill(NaN)] };
    const piece = pieceOf(border);
    const u = (border - piece.origin) / piece.scale;
    const goesOn = (k: number): boolean => (low ? k < reach : k >= spline.splines - reach);
    const keep = (numbers: Float64Array): Float64Array => numbers.map((number, k) => (goesOn(k) ? number : 0));
    const values = keep(valuesAt(piece, u));
    return {
      origin: border,
      scale: 1,
      coefficients: mode === 'linear' ? [values, keep(slopesAt(piece, u))] : [values],
    };
  };
  if (!(most >= least))
    throw fitted.unsupported('a SplineTransformer whose bounds cross', 'Use more knots, or a higher degree.');
  const inner = own.edges.filter((edge) => edge > least && edge <= most);
  return {
    edges: Float64Array.of(least, ...inner, nextAbove(most)),
    pieces: [outside(least, true), pieceOf(least), ...Array.from(inner, pieceOf), outside(most, false)],
  };
}

/** t[k] + (x − t[k]) mod period, with Python's sign of the remainder. */
function wrapped(x: Value, splines: readonly BSpline[]): Value {
  const start = splines.map(({ knots, degree }) => knots[degree] as number);
  const period = splines.map(
    ({ knots, degree }, i) => (knots[knots.length - 1 - degree] as number) - (start[i] as number),
  );
  const rest = ops.remainder(
    ops.subtract(x, start),
    period.map((length) => length || 1),
  );
  const positive = ops.where(ops.less(rest, 0), ops.add(rest, period), rest);
  return ops.add(positive, start);
}

function splinesOf(fitted: Fitted, width: number): BSpline[] {
  const found = fitted.list('bsplines_').map((item) => splineOf(item));
  if (found.length !== width || !width) throw fitted.wrong('bsplines_', `${width} splines`);
  return found.map((spline) => {
    if (!spline || spline.splines !== found[0]?.splines || spline.degree !== found[0].degree)
      throw fitted.wrong('bsplines_', 'splines of one kind');
    return spline;
  });
}

/** SciPy renamed `t` and `c` to `_t` and `_c` in 1.15. */
function splineOf(item: Plain): BSpline | undefined {
  if (!(item instanceof PyObject)) return undefined;
  const knots = numbersOf(item.attr('_t') ?? item.attr('t'))?.data;
  const c = numbersOf(item.attr('_c') ?? item.attr('c'));
  const degree = asNumber(item.attr('k'));
  const splines = c?.shape[1];
  if (!knots || !c || !splines || degree === undefined || !Number.isInteger(degree) || degree < 0) return undefined;
  if (knots.length < 2 * degree + 2 || (c.shape[0] as number) < knots.length - degree - 1) return undefined;
  return { knots, coefficients: c.data, splines, degree };
}
