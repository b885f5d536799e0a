import { printSize } from './length.ts';

/**
 * A place on an axis or in an array of generated code: an offset plus multiples of integer variables of that code,
 * with the range in which it lies. Places without variables are known when the code is written.
 */
export interface Position {
  readonly terms: readonly { readonly variable: string; readonly factor: number }[];
  readonly offset: number;
  readonly low: number;
  readonly high: number;
}

export function at(offset: number): Position {
  return { terms: [], offset, low: offset, high: offset };
}

/** A variable of generated code that runs from 0 to below `count`. */
export function counting(variable: string, count: number): Position {
  return { terms: [{ variable, factor: 1 }], offset: 0, low: 0, high: count - 1 };
}

export const zero: Position = at(0);

export function isFixed(position: Position): boolean {
  return position.terms.length === 0;
}

/** `a + b * factor` */
export function plus(a: Position, b: Position, factor = 1): Position {
  if (factor === 0) return a;
  const terms = [...a.terms];
  for (const { variable, factor: times } of b.terms) {
    const i = terms.findIndex((term) => term.variable === variable);
    const sum = (terms[i]?.factor ?? 0) + times * factor;
    if (i < 0) terms.push({ variable, factor: sum });
    else if (sum === 0) terms.splice(i, 1);
    else terms[i] = { variable, factor: sum };
  }
  const [low, high] = factor > 0 ? [b.low, b.high] : [b.high, b.low];
  return { terms, offset: a.offset + b.offset * factor, low: a.low + low * factor, high: a.high + high * factor };
}

/** As source, e.g. `i*3+j+1`. */
export function print({ terms, offset }: Position): string {
  const parts = terms.map(({ variable, factor }) => (factor === 1 ? variable : `${variable}*${printSize(factor)}`));
  if (offset !== 0 || parts.length === 0) parts.push(String(offset));
  return parts.join('+').replaceAll('+-', '-');
}

/** The place in a row-major array of a shape. */
export function flatten(shape: readonly number[], coordinates: readonly Position[]): Position {
  let flat = zero;
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    flat = plus(flat, coordinates[axis] as Position, stride);
    stride *= shape[axis] as number;
  }
  return flat;
}

/** Coordinates of a known place in a row-major array. */
export function unflatten(shape: readonly number[], flat: number): number[] {
  const coordinates = shape.map(() => 0);
  let rest = flat;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const dim = shape[axis] as number;
    coordinates[axis] = rest % dim;
    rest = Math.floor(rest / dim);
  }
  return coordinates;
}
