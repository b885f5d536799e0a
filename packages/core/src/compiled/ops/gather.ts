import { axisOf, intOf, stringOf } from '../../onnx/index.ts';
import { sizeOf } from '../../tensor/index.ts';
import { arrayOf, input, keepRows, result, unsupported, type NodeContext, type Operator } from '../context.ts';
import type { Code } from '../code.ts';
import { beyond, isLength } from '../length.ts';
import { at, counting, flatten, isFixed, print, zero, type Position } from '../position.ts';
import { sliceFrom } from './layout.ts';
import { lazyValue, lookedUpValue, storable, storeIn, type Value } from '../value.ts';

/** Takes elements along an axis at given places. */
const gather: Operator = (context) => {
  const [x, indices] = [input(context, 0), input(context, 1)];
  const axis = axisOf(context.node, intOf(context.node, 'axis', 0), x.shape.length);
  keepRows(context, [axis]);
  const depth = indices.shape.length;
  if (context.isBatch(0) && context.isBatch(1)) throw unsupported(context.node, 'places that differ by row');
  if (context.isBatch(1) && axis !== 0) throw unsupported(context.node, 'places that differ by row');
  const first = firstOfRun(indices, x.shape[axis] as number);
  if (first !== undefined) return [sliceFrom(x, result(context).shape, axis, first)];
  const from = (coordinates: readonly Position[], place: Position) => [
    ...coordinates.slice(0, axis),
    place,
    ...coordinates.slice(axis + depth),
  ];
  return [picked(context, x, indices, axis, (coordinates) => coordinates.slice(axis, axis + depth), from)];
};

/** The first of places that follow each other, where they are a list that is known. */
function firstOfRun({ tensor, shape }: Value, count: number): number | undefined {
  if (!tensor || shape.length !== 1 || !(tensor.data instanceof BigInt64Array)) return undefined;
  const first = Number(tensor.data[0]);
  const isRun = tensor.data.every((place, i) => Number(place) === first + i);
  return isRun && tensor.data.length > 0 && first >= 0 && first + tensor.data.length <= count ? first : undefined;
}

/** Takes the elements at places that are listed for each element of the result. */
const gatherElements: Operator = (context) => {
  const [x, indices] = [input(context, 0), input(context, 1)];
  const axis = axisOf(context.node, intOf(context.node, 'axis', 0), x.shape.length);
  keepRows(context, [axis]);
  if (context.isBatch(0) !== context.isBatch(1)) throw unsupported(context.node, 'work across rows');
  const from = (coordinates: readonly Position[], place: Position) =>
    coordinates.map((position, i) => (i === axis ? place : position));
  return [picked(context, x, indices, axis, (coordinates) => coordinates, from)];
};

/** Takes elements or slices at listed coordinates. */
const gatherND: Operator = (context) => {
  const [data, indices] = [input(context, 0), input(context, 1)];
  const batch = intOf(context.node, 'batch_dims', 0);
  const depth = indices.shape.at(-1) as number;
  const lists = indices.shape.length - 1;
  if (context.isBatch(0) && batch === 0) keepRows(context, [0]);
  if (context.isBatch(0) !== context.isBatch(1) && batch > 0) throw unsupported(context.node, 'work across rows');
  const x = arrayOf(context.code, data);
  const { dtype, shape } = result(context);
  return [
    lazyValue({
      dtype,
      shape,
      inputs: [indices],
      range: x.range,
      at: (code, coordinates) => {
        const places = Array.from({ length: depth }, (_, j) =>
          indexOf(code, indices, [...coordinates.slice(0, lists), at(j)], x.shape[batch + j] as number),
        );
        return x.at(code, [...coordinates.slice(0, batch), ...places, ...coordinates.slice(lists)]);
      },
    }),
  ];
};

/** A copy of the input with elements replaced at places that are listed for each update; of equal places the last counts. */
const scatterElements: Operator = (context) => {
  const { code, node } = context;
  const [x, indices, updates] = [input(context, 0), input(context, 1), input(context, 2)];
  const axis = axisOf(node, intOf(node, 'axis', 0), x.shape.length);
  keepRows(context, [axis]);
  if (stringOf(node, 'reduction', 'none') !== 'none') throw unsupported(node, 'a reduction');
  if (context.isBatch(0) !== context.isBatch(1) || context.isBatch(0) !== context.isBatch(2))
    throw unsupported(node, 'work across rows');
  const { dtype, shape } = result(context);
  const array = code.program.array(dtype, sizeOf(shape));
  const target = storeIn(code, x, array, zero);
  const isSmall = sizeOf(indices.shape) <= code.unroll;
  if (!isSmall) for (const value of [indices, updates]) value.prepare(code);
  code.each(indices.shape, isSmall, (coordinates) => {
    const place = indexOf(code, indices, coordinates, x.shape[axis] as number);
    const to = flatten(
      shape,
      coordinates.map((position, i) => (i === axis ? place : position)),
    );
    code.line(`${array}[${print(to)}] = ${storable(dtype, updates.at(code, coordinates))};`);
  });
  return [target];
};

/** ai.onnx.ml: takes columns of the last axis. */
const arrayFeatureExtractor: Operator = (context) => {
  const [x, indices] = [input(context, 0), input(context, 1)];
  if (context.isBatch(1)) throw unsupported(context.node, 'places that differ by row');
  const last = x.shape.length - 1;
  if (last === 0) keepRows(context, [0]);
  const from = (coordinates: readonly Position[], place: Position) =>
    [...coordinates.slice(0, -1), place].slice(-x.shape.length);
  const value = picked(
    context,
    x,
    indices,
    last,
    (coordinates) => listed(indices, coordinates.at(-1) as Position),
    from,
  );
  return [value];
};

/** Operators that pick elements by place; negative places count from the end. */
export const gathers: Readonly<Record<string, Operator>> = {
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherND,
  ScatterElements: scatterElements,
};

/** The same for ai.onnx.ml. */
export const mlGathers: Readonly<Record<string, Operator>> = { ArrayFeatureExtractor: arrayFeatureExtractor };

function picked(
  context: NodeContext,
  x: Value,
  indices: Value,
  axis: number,
  /** Coordinates in `indices` of an element of the result. */
  within: (coordinates: readonly Position[]) => readonly Position[],
  /** Coordinates in `x` of an element of the result, given the place on the axis. */
  from: (coordinates: readonly Position[], place: Position) => readonly Position[],
): Value {
  const { dtype, shape } = result(context);
  const count = x.shape[axis] as number;
  if (indices.tensor && sizeOf(shape) <= context.code.unroll) {
    const places = Array.from(indices.tensor.data as ArrayLike<number | bigint>, Number).map((place) =>
      place < 0 ? place + count : place,
    );
    if (places.some((place) => !(place >= 0 && place < count))) throw unsupported(context.node, 'a place out of range');
    const fixed = (coordinates: readonly Position[]) => flatPlace(indices.shape, within(coordinates));
    return lookedUpValue({
      dtype,
      shape,
      inputs: [x],
      range: x.range,
      isView: true,
      at: (code, coordinates) => x.at(code, from(coordinates, at(places[fixed(coordinates)] as number))),
    });
  }
  const source = arrayOf(context.code, x);
  return lazyValue({
    dtype,
    shape,
    inputs: [indices, source],
    range: x.range,
    at: (code, coordinates) => source.at(code, from(coordinates, indexOf(code, indices, within(coordinates), count))),
  });
}

/** A computed index as a place on an axis; out of range is an error of the call. */
function indexOf(code: Code, indices: Value, coordinates: readonly Position[], count: number): Position {
  if (isLength(count)) throw beyond();
  const [low, high] = indices.range ?? [-Infinity, Infinity];
  const element = indices.at(code, coordinates);
  const isLiteral = /^\d+$/.test(element);
  if (isLiteral && Number(element) < count) return at(Number(element));
  if (low >= 0 && high < count) return counting(code.bind(element), count);
  return counting(code.bind(`${code.program.use('place')}(${element}, ${count})`), count);
}

function listed(indices: Value, place: Position): Position[] {
  return indices.shape.map((dim, axis, { length }) => (axis === length - 1 || dim !== 1 ? place : zero));
}

function flatPlace(shape: readonly number[], coordinates: readonly Position[]): number {
  return shape.reduce((flat, dim, axis) => {
    const place = coordinates[axis] as Position;
    if (!isFixed(place)) throw new Error('a loop reads places that are in no array');
    return flat * dim + place.offset;
  }, 0);
}
