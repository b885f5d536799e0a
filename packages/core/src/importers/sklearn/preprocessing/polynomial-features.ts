import { ops, type Value } from '../../../ir/index.ts';
import { Features } from '../../model/features.ts';
import { checked } from '../linear/scores.ts';
import type { Converter } from '../converter.ts';
import type { Fitted } from '../fitted.ts';

/** More factors in all products than this is a damaged file, or nothing that a row can be answered with. */
const MAX_FACTORS = 1_000_000;

/**
 * Products of columns up to a degree: 1, a, b, a², ab, b², …
 *
 * Multiplied in the order of the library: a product of degree d is one of degree d − 1 times an earlier column.
 */
export const polynomialFeatures: Converter = {
  types: ['sklearn.preprocessing._polynomial.PolynomialFeatures', 'sklearn.preprocessing._data.PolynomialFeatures'],
  became: 'products of columns',
  exactness: 'bit-exact',
  sparse: 'kept',
  state: (fitted) =>
    `degree ${degrees(fitted).join(' to ')}${fitted.flag('interaction_only', false) ? ', interactions only' : ''}`,

  transform(fitted, input) {
    const x = checked(input.numbers());
    const [least, most] = degrees(fitted);
    const interactions = fitted.flag('interaction_only', false);
    const parts: Value[] = [];
    const products: (readonly number[])[] = [];
    if (fitted.flag('include_bias', true)) {
      parts.push(ops.repeat([1], x));
      products.push([]);
    }
    let previous: Product = { value: x, of: Array.from({ length: x.width }, (_, column) => [column]) };
    let factors = 0;
    for (let degree = 1; degree <= most; degree++) {
      if (degree > 1) previous = timesColumns(fitted, previous, x, interactions);
      if (!previous.of.length) break;
      factors += degree * previous.of.length;
      if (factors > MAX_FACTORS) throw tooMany(fitted);
      if (degree < least) continue;
      parts.push(previous.value);
      products.push(...previous.of);
    }
    if (!parts.length)
      throw fitted.unsupported('a PolynomialFeatures without outputs', 'Allow a higher degree, or the bias.');
    return new Features(
      [ops.concat(parts)],
      input.names && products.map((columns) => nameOf(columns, input.names ?? [])),
    );
  },
};

/** All products of one degree: their columns, ascending, and their values. */
interface Product {
  readonly value: Value;
  readonly of: readonly (readonly number[])[];
}

/** Products of the next degree: each column times the products that begin at it (or after it). */
function timesColumns(fitted: Fitted, { value, of }: Product, x: Value, interactions: boolean): Product {
  const rest: number[] = [];
  const first: number[] = [];
  const next: (readonly number[])[] = [];
  for (let column = 0; column < x.width; column++) {
    of.forEach((columns, at) => {
      const start = columns[0] as number;
      if (interactions ? start <= column : start < column) return;
      rest.push(at);
      first.push(column);
      next.push([column, ...columns]);
    });
    if (next.length > MAX_FACTORS / 2) throw tooMany(fitted);
  }
  if (!next.length) return { value, of: next };
  return { value: ops.multiply(ops.select(value, rest), ops.select(x, first)), of: next };
}

function tooMany(fitted: Fitted): Error {
  return fitted.unsupported(
    `so many products of columns (more than ${MAX_FACTORS} factors)`,
    'Choose a lower degree, or select columns first.',
  );
}

/** Lowest and highest degree; a single number stands for 0 to that. */
function degrees(fitted: Fitted): [number, number] {
  const { data } = fitted.array('degree');
  const [least, most] = data.length === 2 ? [data[0] as number, data[1] as number] : [0, data[0] as number];
  if (!(Number.isInteger(least) && Number.isInteger(most) && least >= 0 && most >= least)) {
    throw fitted.wrong('degree', 'a whole number, or two');
  }
  return [least, most];
}

/** `a^2 b`, as get_feature_names_out. */
function nameOf(columns: readonly number[], names: readonly string[]): string {
  if (!columns.length) return '1';
  const powers = new Map<number, number>();
  for (const column of columns) powers.set(column, (powers.get(column) ?? 0) + 1);
  return [...powers].map(([column, power]) => (power === 1 ? names[column] : `${names[column]}^${power}`)).join(' ');
}
