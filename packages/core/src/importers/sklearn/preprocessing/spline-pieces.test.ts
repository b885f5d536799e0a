import { expect, test } from 'vitest';
import { piecesOf, slopesAt, valuesAt } from './spline-pieces.ts';

/** Basis splines: one coefficient of 1 for each. */
function basis(degree: number, knots: readonly number[]): Parameters<typeof piecesOf>[0] {
  const splines = knots.length - degree - 1;
  const coefficients = new Float64Array(splines * splines);
  for (let i = 0; i < splines; i++) coefficients[i * splines + i] = 1;
  return { knots: Float64Array.from(knots), coefficients, splines, degree };
}

test.for([
  { degree: 0, knots: [0, 1, 2, 4] },
  { degree: 1, knots: [-1, 0, 1, 2.5, 3] },
  { degree: 3, knots: [-3, -2, -1, 0, 0.5, 2, 3, 4, 5] },
  { degree: 3, knots: [0, 0, 0, 0, 1, 2.5, 3, 3, 3, 3] },
])('splines of degree $degree share out 1 everywhere', ({ degree, knots }) => {
  for (const piece of piecesOf(basis(degree, knots)).pieces) {
    for (const u of [0, 0.25, 0.9]) {
      expect(valuesAt(piece, u).reduce((sum, part) => sum + part, 0)).toBeCloseTo(1, 14);
      expect(slopesAt(piece, u).reduce((sum, part) => sum + part, 0)).toBeCloseTo(0, 13);
    }
  }
});

test('uniform cubic splines', () => {
  const { edges, pieces } = piecesOf(basis(3, [0, 1, 2, 3, 4, 5, 6, 7, 8]));
  expect(edges).toEqual(Float64Array.of(4));
  const [first] = pieces;
  if (!first) throw new Error('no piece');
  expect([...valuesAt(first, 0)].map((part) => part * 6)).toEqual(
    [1, 4, 1, 0, 0].map((part) => expect.closeTo(part, 13)),
  );
  expect([...slopesAt(first, 0)]).toEqual([-0.5, 0, 0.5, 0, 0].map((part) => expect.closeTo(part, 13)));
});
