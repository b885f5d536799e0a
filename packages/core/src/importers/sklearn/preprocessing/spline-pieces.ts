/** A B-spline as SciPy keeps it: knots t, coefficients c (`[points, splines]` row-major), degree k. */
export interface BSpline {
  readonly knots: Float64Array;
  readonly coefficients: Float64Array;
  readonly splines: number;
  readonly degree: number;
}

/**
 * One polynomial for each spline between two knots: Σ c_p · u^p with u = (x − origin) / scale.
 *
 * `coefficients` are `[power][spline]`, powers from 0 to the degree.
 */
export interface Piece {
  readonly origin: number;
  readonly scale: number;
  readonly coefficients: readonly Float64Array[];
}

/** Pieces between the knots t[k] … t[n], from left to right, with the knots that part them. */
export function piecesOf(spline: BSpline): { readonly edges: Float64Array; readonly pieces: readonly Piece[] } {
  const { knots, degree } = spline;
  const last = knots.length - degree - 2;
  const pieces: Piece[] = [];
  for (let interval = degree; interval <= last; interval++) pieces.push(pieceAt(spline, interval));
  return { edges: knots.slice(degree + 1, last + 1), pieces };
}

/** Values of all splines at u of a piece. */
export function valuesAt(piece: Piece, u: number): Float64Array {
  return fromHighest(piece.coefficients, (sum, c) => sum * u + c);
}

/** Slopes of all splines at u of a piece. */
export function slopesAt(piece: Piece, u: number): Float64Array {
  const derived = piece.coefficients.slice(1).map((of, p) => of.map((c) => (c * (p + 1)) / piece.scale));
  return derived.length
    ? fromHighest(derived, (sum, c) => sum * u + c)
    : new Float64Array(piece.coefficients[0]?.length ?? 0);
}

function fromHighest(coefficients: readonly Float64Array[], step: (sum: number, c: number) => number): Float64Array {
  return coefficients.reduceRight(
    (sum, of) => sum.map((s, k) => step(s, of[k] as number)),
    new Float64Array(coefficients[0]?.length ?? 0),
  );
}

/** De Boor's recursion with polynomials instead of numbers. */
function pieceAt({ knots, coefficients, splines, degree }: BSpline, interval: number): Piece {
  const origin = knots[interval] as number;
  const scale = (knots[interval + 1] as number) - origin || 1;
  let basis: Polynomial[] = [[1]];
  for (let j = 1; j <= degree; j++) {
    const before = basis;
    basis = Array.from({ length: j + 1 }, () => []);
    for (let n = 1; n <= j; n++) {
      const right = knots[interval + n] as number;
      const left = knots[interval + n - j] as number;
      if (right === left) continue;
      const share = (before[n - 1] as Polynomial).map((c) => c / (right - left));
      // share · (right − x) belongs to the spline before, share · (x − left) to the one after.
      basis[n - 1] = plus(basis[n - 1] as Polynomial, timesLine(share, right - origin, -scale));
      basis[n] = plus(basis[n] as Polynomial, timesLine(share, origin - left, scale));
    }
  }
  const powers = Array.from({ length: degree + 1 }, () => new Float64Array(splines));
  basis.forEach((polynomial, j) => {
    const row = (interval - degree + j) * splines;
    powers.forEach((of, power) => {
      for (let k = 0; k < splines; k++)
        of[k] = (of[k] as number) + (polynomial[power] ?? 0) * (coefficients[row + k] as number);
    });
  });
  return { origin, scale, coefficients: powers };
}

/** Coefficients of u⁰, u¹, … */
type Polynomial = readonly number[];

function plus(a: Polynomial, b: Polynomial): Polynomial {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => (a[i] ?? 0) + (b[i] ?? 0));
}

/** p · (constant + slope · u). */
function timesLine(p: Polynomial, constant: number, slope: number): Polynomial {
  return Array.from(
    { length: p.length + 1 },
    (_, i) => (p[i] ?? 0) * constant + (i > 0 ? (p[i - 1] as number) * slope : 0),
  );
}
