import { sizeOf, type DType, type Tensor } from '../tensor/index.ts';
import { constantOf, type Code } from './code.ts';
import { literal } from './literal.ts';
import { rangeOf } from './range.ts';
import { at, flatten, isFixed, plus, print, unflatten, zero, type Position } from './position.ts';

/**
 * What a tensor of the graph is while code is generated, for one row: where its elements come from.
 *
 * `at` and `flat` give an element as an expression without side effects that is cheap to repeat; to do so they may
 * write statements into `code`. Booleans are JavaScript booleans, all other numbers are numbers.
 */
export interface Value {
  readonly dtype: DType;
  /** The shape with one row. */
  readonly shape: readonly number[];
  /** Lowest and highest element, where they are known: indices in range need no check. */
  readonly range?: readonly [number, number] | undefined;
  /** Elements are stored: reading them again costs nothing. */
  readonly isStored: boolean;
  /** Where an array holds the elements. */
  readonly array?: ArrayPlace | undefined;
  /** What is computed where the elements are read, for operators that do it faster together with their own. */
  readonly made?: { readonly op: string; readonly inputs: readonly Value[] } | undefined;
  /** The tensor, where it does not depend on the input. */
  readonly tensor?: Tensor | undefined;
  /** Must be called, outside the loop, before elements at places with variables are asked for. */
  prepare(code: Code): void;
  at(code: Code, coordinates: readonly Position[]): string;
  /** The element at a place of the row-major array. */
  flat(code: Code, place: Position): string;
}

/** Elements in an array of generated code, row-major from `start` on. */
export interface ArrayPlace {
  readonly name: string;
  readonly start: Position;
  /** That of the array in the kernel of vectors. */
  readonly address?: number;
  /** The elements of all rows of a block are there before the loop over rows that reads them. */
  readonly isReady?: boolean;
}

/** A constant: a literal where the place is known, else an array. */
export function constantValue(tensor: Tensor): Value {
  const { dtype, shape, data } = tensor;
  const flat = (code: Code, place: Position): string => {
    if (!isFixed(place) || !ArrayBuffer.isView(data)) {
      const name = code.program.constant(tensor, () => constantOf(tensor));
      return stored(dtype, `${name}[${print(place)}]`);
    }
    const element = data[place.offset] as number | bigint;
    if (dtype === 'bool') return element ? 'true' : 'false';
    return literal(Number(element));
  };
  return {
    dtype,
    shape,
    range: rangeOf(tensor),
    isStored: true,
    tensor,
    prepare() {},
    at: (code, coordinates) => flat(code, flatten(shape, coordinates)),
    flat,
  };
}

/** Elements in an array of generated code, from `start` on. */
export function arrayValue(
  array: string,
  dtype: DType,
  shape: readonly number[],
  start: Position = zero,
  range?: readonly [number, number],
): Value {
  const flat = (_: Code, place: Position) => stored(dtype, `${array}[${print(plus(start, place))}]`);
  return {
    dtype,
    shape,
    range,
    isStored: true,
    array: { name: array, start },
    prepare() {},
    at: (code, coordinates) => flat(code, flatten(shape, coordinates)),
    flat,
  };
}

/** The same value, whose array lies in the memory of the kernel of vectors, filled up to a whole vector. */
export function inKernel(value: Value, address: number): Value {
  return value.array ? { ...value, array: { ...value.array, address } } : value;
}

/** The same value, whose array holds all rows of a block before the loop that reads it. */
export function ready(value: Value): Value {
  return value.array ? { ...value, array: { ...value.array, isReady: true } } : value;
}

/** The same value, which says how it is made. */
export function madeOf(value: Value, op: string, inputs: readonly Value[]): Value {
  return { ...value, made: { op, inputs } };
}

/** Elements in variables, one each. They move to an array when a loop needs them. */
export function scalarsValue(
  names: readonly string[],
  dtype: DType,
  shape: readonly number[],
  range?: readonly [number, number],
): Value {
  let array: Value | undefined;
  const flat = (code: Code, place: Position): string => {
    if (isFixed(place)) return names[place.offset] as string;
    if (!array) throw new Error('a loop reads variables that are in no array');
    return array.flat(code, place);
  };
  return {
    dtype,
    shape,
    range,
    isStored: true,
    prepare(code) {
      if (array) return;
      const name = code.program.array(dtype, names.length);
      names.forEach((value, i) => code.line(`${name}[${i}] = ${storable(dtype, value)};`));
      array = arrayValue(name, dtype, shape);
    },
    at: (code, coordinates) => flat(code, flatten(shape, coordinates)),
    flat,
  };
}

export interface LazyOptions {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly inputs: readonly Value[];
  readonly range?: readonly [number, number] | undefined;
  /** Moves elements only, so that reading twice is no work done twice. */
  readonly isView?: boolean;
  readonly at: (code: Code, coordinates: readonly Position[]) => string;
  /** Where the row-major place leads to an element without its coordinates. */
  readonly flat?: ((code: Code, place: Position) => string) | undefined;
}

/** Elements that are computed where they are read. */
export function lazyValue({ dtype, shape, inputs, range, isView, at: element, flat }: LazyOptions): Value {
  return {
    dtype,
    shape,
    range,
    isStored: (isView ?? false) && inputs.every((input) => input.isStored),
    prepare: (code) => inputs.forEach((input) => input.prepare(code)),
    at: (code, coordinates) => code.bind(element(code, coordinates)),
    flat: (code, place) => code.bind(flat ? flat(code, place) : element(code, coordinatesOf(code, shape, place))),
  };
}

/**
 * Elements that can be looked up only where the place is known while code is generated (a part of Concat, a listed
 * column). A loop that needs them reads an array that is filled before it.
 */
export function lookedUpValue(options: LazyOptions): Value {
  const source = lazyValue(options);
  let array: Value | undefined;
  return {
    ...source,
    prepare(code) {
      array ??= storeIn(code, source, code.program.array(options.dtype, sizeOf(options.shape)), zero);
    },
    at: (code, coordinates) => (array && !coordinates.every(isFixed) ? array : source).at(code, coordinates),
    flat: (code, place) => (array && !isFixed(place) ? array : source).flat(code, place),
  };
}

/** Coordinates of a row-major place: known numbers, or divisions in the generated code. */
function coordinatesOf(code: Code, shape: readonly number[], place: Position): Position[] {
  if (isFixed(place)) return unflatten(shape, place.offset).map(at);
  const long = shape.flatMap((dim, axis) => (dim === 1 ? [] : [axis]));
  const coordinates: Position[] = shape.map(() => zero);
  if (long.length <= 1) {
    if (long.length === 1) coordinates[long[0] as number] = place;
    return coordinates;
  }
  let rest = code.bind(print(place));
  for (const axis of long.toReversed()) {
    const dim = shape[axis] as number;
    const isLast = axis === long[0];
    const variable = isLast ? rest : code.bind(`${rest} % ${dim}`);
    coordinates[axis] = { terms: [{ variable, factor: 1 }], offset: 0, low: 0, high: dim - 1 };
    if (!isLast) rest = code.bind(`(${rest} - ${variable}) / ${dim}`);
  }
  return coordinates;
}

/** The coordinates of a broadcast input at a place of the result. */
export function broadcastTo(shape: readonly number[], coordinates: readonly Position[]): Position[] {
  const skipped = coordinates.length - shape.length;
  return shape.map((dim, axis) => (dim === 1 ? zero : (coordinates[axis + skipped] as Position)));
}

/** Puts all elements where they can be read again: few into variables, many into an array. */
export function store(code: Code, value: Value): Value {
  return value.isStored ? value : copy(code, value);
}

/** Stores all elements anew. */
export function copy(code: Code, value: Value): Value {
  const size = sizeOf(value.shape);
  if (size <= code.unroll) {
    const names: string[] = [];
    code.each(value.shape, true, (coordinates) => names.push(code.bind(value.at(code, coordinates))));
    return scalarsValue(names, value.dtype, value.shape, value.range);
  }
  return storeIn(code, value, code.program.array(value.dtype, size), zero);
}

/** Puts all elements into an array, from `start` on. */
export function storeIn(
  code: Code,
  value: Value,
  array: string,
  start: Position,
  isSmall = sizeOf(value.shape) <= code.unroll,
): Value {
  const target = arrayValue(array, value.dtype, value.shape, start, value.range);
  if (!isSmall) value.prepare(code);
  code.each(value.shape, isSmall, (coordinates) => {
    const place = print(plus(start, flatten(value.shape, coordinates)));
    code.line(`${array}[${place}] = ${storable(value.dtype, value.at(code, coordinates))};`);
  });
  return target;
}

/** An expression as an array of generated code holds it: booleans as 0 and 1. */
export function storable(dtype: DType, expression: string): string {
  return dtype === 'bool' ? `${expression} ? 1 : 0` : expression;
}

function stored(dtype: DType, element: string): string {
  return dtype === 'bool' ? `(${element} !== 0)` : element;
}
