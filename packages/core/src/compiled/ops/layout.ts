import {
  axisOf,
  intOf,
  permutationOf,
  sliceRanges,
  splitSizes,
  stringOf,
  tensorOf,
  type Shaped,
} from '../../onnx/index.ts';
import { sizeOf, type Tensor } from '../../tensor/index.ts';
import { input, keepRows, knownInput, result, unsupported, type Operator } from '../context.ts';
import { at, counting, flatten, isFixed, plus, print, zero, type Position } from '../position.ts';
import { arrayValue, broadcastTo, constantValue, lazyValue, lookedUpValue, store, type Value } from '../value.ts';
import { literal } from '../literal.ts';

/** The same elements in the same order under another shape. */
function reshaped(value: Value, shape: readonly number[]): Value {
  if (value.tensor) return constantValue({ ...value.tensor, shape });
  const view = lazyValue({
    dtype: value.dtype,
    shape,
    inputs: [value],
    range: value.range,
    isView: true,
    at: (code, coordinates) => value.flat(code, flatten(shape, coordinates)),
    flat: (code, place) => value.flat(code, place),
  });
  return { ...view, array: value.array };
}

/** Elements along an axis from one of them on; where nothing is between them, they stay in the array that holds them. */
export function sliceFrom(value: Value, shape: readonly number[], axis: number, first: number): Value {
  if (value.array && sizeOf(value.shape) === value.shape[axis]) {
    const { name, start } = value.array;
    const own = plus(start, at(first));
    const view = arrayValue(name, value.dtype, shape, own, value.range);
    return { ...view, array: { ...value.array, start: own } };
  }
  return moved(value, shape, (coordinates) =>
    coordinates.map((place, i) => (i === axis ? plus(at(first), place) : place)),
  );
}

/** Elements that are found at other coordinates of the input. */
export function moved(
  value: Value,
  shape: readonly number[],
  from: (coordinates: readonly Position[]) => readonly Position[],
): Value {
  return lazyValue({
    dtype: value.dtype,
    shape,
    inputs: [value],
    range: value.range,
    isView: true,
    at: (code, coordinates) => value.at(code, from(coordinates)),
  });
}

const reshape: Operator = (context) => [reshaped(input(context, 0), result(context).shape)];

const transpose: Operator = (context) => {
  const x = input(context, 0);
  const axes = permutationOf(context.node, x.shape.length);
  if (axes[0] !== 0) keepRows(context, [0]);
  return [
    moved(x, result(context).shape, (coordinates) =>
      x.shape.map((_, axis) => coordinates[axes.indexOf(axis)] as Position),
    ),
  ];
};

const slice: Operator = (context) => {
  const x = input(context, 0);
  const shaped = context.inputs.map((_, i): Shaped => ({ dtype: 'int64', shape: null, value: context.known(i) }));
  const ranges = sliceRanges(context.node, x.shape, shaped);
  if (!ranges) throw unsupported(context.node, 'bounds that the graph computes');
  const rows = ranges[0];
  if (rows && (rows.start !== 0 || rows.step !== 1 || rows.count !== x.shape[0])) keepRows(context, [0]);
  return [
    moved(x, result(context).shape, (coordinates) =>
      coordinates.map((place, axis) => plus(at(ranges[axis]?.start ?? 0), place, ranges[axis]?.step ?? 1)),
    ),
  ];
};

const split: Operator = (context) => {
  const x = input(context, 0);
  const axis = axisOf(context.node, intOf(context.node, 'axis', 0), x.shape.length);
  keepRows(context, [axis]);
  let start = 0;
  return splitSizes(context.node, x.shape[axis] as number, context.known(1)).map((size, i) => {
    const from = at(start);
    start += size;
    return moved(x, result(context, i).shape, (coordinates) =>
      coordinates.map((place, j) => (j === axis ? plus(from, place) : place)),
    );
  });
};

const expand: Operator = (context) => {
  const x = store(context.code, input(context, 0));
  return [moved(x, result(context).shape, (coordinates) => broadcastTo(x.shape, coordinates))];
};

const tile: Operator = (context) => {
  const x = store(context.code, input(context, 0));
  if (context.isBatch(0) && knownInput(context, 1, 'counts')[0] !== 1) keepRows(context, [0]);
  const { shape } = result(context);
  return [
    lazyValue({
      dtype: x.dtype,
      shape,
      inputs: [x],
      range: x.range,
      isView: true,
      at: (code, coordinates) =>
        x.at(
          code,
          coordinates.map((place, axis) => {
            const dim = x.shape[axis] as number;
            if (dim === 1) return zero;
            if (place.low >= 0 && place.high < dim) return place;
            if (isFixed(place)) return at(place.offset % dim);
            return counting(code.bind(`(${print(place)}) % ${dim}`), dim);
          }),
        ),
    }),
  ];
};

const pad: Operator = (context) => {
  const x = input(context, 0);
  const mode = stringOf(context.node, 'mode', 'constant');
  if (mode !== 'constant') throw unsupported(context.node, `mode ${mode}`);
  if (context.inputs[3]) throw unsupported(context.node, 'axes');
  const before = knownInput(context, 1, 'sizes').slice(0, x.shape.length);
  if (before[0] !== 0 || result(context).shape[0] !== x.shape[0]) keepRows(context, [0]);
  const { shape } = result(context);
  if (sizeOf(shape) > context.code.unroll) throw unsupported(context.node, 'a result of this size');
  return [
    lookedUpValue({
      dtype: x.dtype,
      shape,
      inputs: [x],
      at: (code, coordinates) => {
        const inside = coordinates.map((place, axis) => plus(place, at(-(before[axis] as number))));
        const isInside = inside.every(({ low, high }, axis) => low >= 0 && high < (x.shape[axis] as number));
        if (isInside) return x.at(code, inside);
        return context.inputs[2]?.flat(code, zero) ?? (x.dtype === 'bool' ? 'false' : '0');
      },
    }),
  ];
};

const trilu: Operator = (context) => {
  const x = input(context, 0);
  const isUpper = intOf(context.node, 'upper', 1) !== 0;
  const shift = context.inputs[1] ? (knownInput(context, 1, 'a diagonal')[0] as number) : 0;
  if (x.shape.length === 2) keepRows(context, [0]);
  const zeroOf = x.dtype === 'bool' ? 'false' : '0';
  return [
    lazyValue({
      dtype: x.dtype,
      shape: result(context).shape,
      inputs: [x],
      at: (code, coordinates) => {
        const [row, column] = coordinates.slice(-2) as [Position, Position];
        const distance = plus(column, row, -1);
        const kept = isUpper ? `${print(distance)} >= ${shift}` : `${print(distance)} <= ${shift}`;
        return `(${kept} ? ${x.at(code, coordinates)} : ${zeroOf})`;
      },
    }),
  ];
};

/** One number everywhere. */
const filled: Operator = (context) => {
  const fill = tensorOf(context.node, 'value');
  const { dtype, shape } = result(context);
  const scalar: Tensor = fill ? { ...fill, shape: [] } : { dtype, shape: [], data: Float32Array.of(0) };
  return [moved(constantValue(scalar), shape, () => [])];
};

/** Numbers that are known before any row comes: shapes and sizes. */
const knownNumbers: Operator = (context) => {
  const { dtype, shape } = result(context);
  const value = context.node.op === 'Shape' ? context.inputs[0]?.shape : [sizeOf(context.inputs[0]?.shape ?? [])];
  if (context.isBatch(0)) throw unsupported(context.node, 'the number of rows as a number');
  return [constantValue({ dtype, shape, data: BigInt64Array.from(value ?? [], BigInt) })];
};

const range: Operator = (context) => {
  const { dtype, shape } = result(context);
  const [start, , step] = [knownInput(context, 0, 'a start'), 0, knownInput(context, 2, 'a step')];
  return [
    lazyValue({
      dtype,
      shape,
      inputs: [],
      at: (_, [place]) =>
        `${literal(start[0] as number)} + (${print(place as Position)}) * ${literal(step[0] as number)}`,
    }),
  ];
};

/** Operators that move or repeat elements; they cost nothing but another way of reading. */
export const layout: Readonly<Record<string, Operator>> = {
  Identity: (context) => [input(context, 0)],
  Dropout: (context) => {
    if (context.node.outputs[1]) throw unsupported(context.node, 'a mask');
    return [input(context, 0)];
  },
  Reshape: reshape,
  Flatten: reshape,
  Squeeze: reshape,
  Unsqueeze: reshape,
  Transpose: transpose,
  Slice: slice,
  Split: split,
  Expand: expand,
  Tile: tile,
  Pad: pad,
  Trilu: trilu,
  ConstantOfShape: filled,
  Shape: knownNumbers,
  Size: knownNumbers,
  Range: range,
};
