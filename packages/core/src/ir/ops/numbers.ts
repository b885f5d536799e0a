import type { GraphBuilder } from '../../onnx/index.ts';
import { float32, float64, int64, tensor, type Tensor } from '../../tensor/index.ts';
import { accepts } from '../demands.ts';
import { value, type Demand, type Op, type Row, type Value, type ValueType } from '../value.ts';

/** Numbers that are the same for every row, as a tensor `[1, width]` of the dtype. */
export function constantTensor(values: ArrayLike<number>, dtype: ValueType, shape: readonly number[]): Tensor {
  switch (dtype) {
    case 'float64':
      return float64(values, shape);
    case 'float32':
      return float32(values, shape);
    case 'int64':
      return int64(Array.from(values), shape);
    case 'bool':
      return tensor('bool', shape, Uint8Array.from(values));
    case 'string':
      throw new Error('strings are not numbers');
  }
}

const constantOp: Op<Float64Array> = {
  id: 'constant',
  evaluate: (values) => values,
  emit: (graph, values, _inputs, { dtype, width }) => graph.constant(constantTensor(values, dtype, [1, width])),
};

/** The same numbers in every row. */
export function constant(values: ArrayLike<number>, dtype: Exclude<ValueType, 'string'> = 'float64'): Value {
  return value(constantOp, Float64Array.from(values), [], dtype, values.length);
}

/** A value or numbers: numbers become a constant of the dtype of `like`. */
export type Operand = Value | number | ArrayLike<number>;

export function operand(other: Operand, like: Value): Value {
  if (typeof other === 'number') return constant([other], like.dtype as 'float64');
  return 'op' in other ? other : constant(other, like.dtype as 'float64');
}

export const numbersOf = (row: Row): Float64Array => row as Float64Array;

interface Binary {
  readonly id: string;
  readonly onnx: string;
  readonly compute: (a: number, b: number) => number;
  readonly compares?: boolean;
}

function binary({ id, onnx, compute, compares = false }: Binary): (a: Value, b: Operand) => Value {
  const op: Op<null> = {
    id,
    evaluate(_params, [a, b], { width }) {
      const x = numbersOf(a as Row);
      const y = numbersOf(b as Row);
      const result = new Float64Array(width);
      for (let i = 0; i < width; i++) {
        result[i] = compute(x[x.length === 1 ? 0 : i] as number, y[y.length === 1 ? 0 : i] as number);
      }
      return result;
    },
    emit: (graph, _params, inputs) => graph.node(onnx, inputs),
  };
  return (a, other) => {
    const b = operand(other, a);
    if (a.dtype !== b.dtype) throw new Error(`${id} of ${a.dtype} and ${b.dtype}`);
    if (a.width !== b.width && a.width !== 1 && b.width !== 1)
      throw new Error(`${id} of widths ${a.width}, ${b.width}`);
    return value(op, null, [a, b], compares ? 'bool' : a.dtype, Math.max(a.width, b.width));
  };
}

/** a + b, element by element; a width of 1 repeats. So for all the following. */
export const add = binary({ id: 'add', onnx: 'Add', compute: (a, b) => a + b });
export const subtract = binary({ id: 'subtract', onnx: 'Sub', compute: (a, b) => a - b });
export const multiply = binary({ id: 'multiply', onnx: 'Mul', compute: (a, b) => a * b });
/** a / b. Libraries divide; multiplying by 1/b differs in the last bit. */
export const divide = binary({ id: 'divide', onnx: 'Div', compute: (a, b) => a / b });
export const power = binary({ id: 'power', onnx: 'Pow', compute: (a, b) => a ** b });
/** NaN if either is NaN, as np.minimum. */
export const minimum = binary({ id: 'minimum', onnx: 'Min', compute: Math.min });
export const maximum = binary({ id: 'maximum', onnx: 'Max', compute: Math.max });
/** Remainder with the sign of the dividend, as C's fmod. */
export const remainder = ((): ((a: Value, b: Operand) => Value) => {
  const op: Op<null> = {
    id: 'remainder',
    evaluate: (_params, [a, b], { width }) => {
      const x = numbersOf(a as Row);
      const y = numbersOf(b as Row);
      return Float64Array.from(
        { length: width },
        (_, i) => (x[x.length === 1 ? 0 : i] as number) % (y[y.length === 1 ? 0 : i] as number),
      );
    },
    emit: (graph, _params, inputs) => graph.node('Mod', inputs, { fmod: 1 }),
  };
  return (a, other) => value(op, null, [a, operand(other, a)], a.dtype, a.width);
})();
export const less = binary({ id: 'less', onnx: 'Less', compute: (a, b) => Number(a < b), compares: true });
export const lessOrEqual = binary({
  id: 'lessOrEqual',
  onnx: 'LessOrEqual',
  compute: (a, b) => Number(a <= b),
  compares: true,
});
export const greater = binary({ id: 'greater', onnx: 'Greater', compute: (a, b) => Number(a > b), compares: true });
export const greaterOrEqual = binary({
  id: 'greaterOrEqual',
  onnx: 'GreaterOrEqual',
  compute: (a, b) => Number(a >= b),
  compares: true,
});
/** Of numbers (NaN equals nothing). */
export const equal = binary({ id: 'equal', onnx: 'Equal', compute: (a, b) => Number(a === b), compares: true });
export const and = binary({ id: 'and', onnx: 'And', compute: (a, b) => a & b });
export const or = binary({ id: 'or', onnx: 'Or', compute: (a, b) => a | b });

interface Unary {
  readonly id: string;
  readonly compute: (x: number) => number;
  readonly emit: (graph: GraphBuilder, x: string) => string;
  readonly dtype?: ValueType;
}

function unary({ id, compute, emit, dtype }: Unary): (x: Value) => Value {
  const op: Op<null> = {
    id,
    evaluate: (_params, [x]) => numbersOf(x as Row).map(compute),
    emit: (graph, _params, [x]) => emit(graph, x as string),
  };
  return (x) => value(op, null, [x], dtype ?? x.dtype, x.width);
}

const node = (onnx: string) => (graph: GraphBuilder, x: string) => graph.node(onnx, [x]);

export const negate = unary({ id: 'negate', compute: (x) => -x, emit: node('Neg') });
export const absolute = unary({ id: 'absolute', compute: Math.abs, emit: node('Abs') });
export const exponential = unary({ id: 'exponential', compute: Math.exp, emit: node('Exp') });
export const logarithm = unary({ id: 'logarithm', compute: Math.log, emit: node('Log') });
export const squareRoot = unary({ id: 'squareRoot', compute: Math.sqrt, emit: node('Sqrt') });
export const hyperbolicTangent = unary({ id: 'hyperbolicTangent', compute: Math.tanh, emit: node('Tanh') });
export const sine = unary({ id: 'sine', compute: Math.sin, emit: node('Sin') });
export const floor = unary({ id: 'floor', compute: Math.floor, emit: node('Floor') });
export const ceiling = unary({ id: 'ceiling', compute: Math.ceil, emit: node('Ceil') });
/** To the nearest integer, halves to even, as np.rint. */
export const round = unary({ id: 'round', compute: halfToEven, emit: node('Round') });
export const sign = unary({ id: 'sign', compute: Math.sign, emit: node('Sign') });
export const not = unary({ id: 'not', compute: (x) => 1 - x, emit: node('Not'), dtype: 'bool' });

function halfToEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  if (rest !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}

const isMissingOp: Op<null> = {
  id: 'isMissing',
  evaluate: (_params, [x]) => numbersOf(x as Row).map((cell) => Number(Number.isNaN(cell))),
  emit: (graph, _params, inputs) => graph.node('IsNaN', inputs),
  demand: (_params, _demands, { width }) => [Array.from({ length: width }, () => ({}))],
};

/** Where a number is NaN. Missing values end here: nothing is asked of the input. */
export function isMissing(x: Value): Value {
  return value(isMissingOp, null, [x], 'bool', x.width);
}

const whereOp: Op<null> = {
  id: 'where',
  evaluate: (_params, [condition, yes, no], { width }) => {
    const at = (row: Row | undefined, i: number): number =>
      numbersOf(row as Row)[(row as Row).length === 1 ? 0 : i] as number;
    return Float64Array.from({ length: width }, (_, i) => (at(condition, i) ? at(yes, i) : at(no, i)));
  },
  emit: (graph, _params, inputs) => graph.node('Where', inputs),
};

/** condition ? yes : no, element by element. */
export function where(condition: Value, yes: Operand, no: Operand): Value {
  const like = [yes, no].find((other): other is Value => typeof other === 'object' && 'op' in other);
  if (!like) throw new Error('where needs at least one value');
  const a = operand(yes, like);
  const b = operand(no, like);
  return value(whereOp, null, [condition, a, b], like.dtype, Math.max(condition.width, a.width, b.width));
}

const replaceOp: Op<null> = {
  ...whereOp,
  id: 'replace',
  demand: (_params, demands, { inputs: [condition, by] }) => [
    nothing(condition as Value),
    nothing(by as Value),
    demands.map((demand) => ({ ...demand, present: false })),
  ],
};

const nothing = ({ width }: Value): Demand[] => Array.from({ length: width }, () => ({}));

/** x, and something else where it is missing: what is asked of the result is asked of x, but for being there. */
export function replace(missing: Value, by: Value, x: Value): Value {
  return value(replaceOp, null, [missing, by, x], x.dtype, x.width);
}

const castOp: Op<null> = {
  id: 'cast',
  evaluate: (_params, [x], { dtype }) => {
    const row = numbersOf(x as Row);
    if (dtype === 'int64') return row.map(Math.trunc);
    if (dtype === 'bool') return row.map((cell) => Number(cell !== 0));
    return row;
  },
  emit: (graph, _params, [x], { dtype }) => graph.node('Cast', [x as string], { to: onnxType[dtype] }),
};

/** TensorProto.DataType of the dtypes that values have. */
export const onnxType: Readonly<Record<ValueType, number>> = { float32: 1, int64: 7, string: 8, bool: 9, float64: 11 };

/** Another number type: to float32 rounds to nearest, to int64 truncates toward zero. */
export function cast(x: Value, dtype: Exclude<ValueType, 'string'>): Value {
  return x.dtype === dtype ? x : value(castOp, null, [x], dtype, x.width);
}

const imputeOp: Op<{ readonly fill: Float64Array; readonly marker: number }> = {
  id: 'impute',
  evaluate: ({ fill, marker }, [x]) =>
    numbersOf(x as Row).map((cell, i) => (Object.is(cell, marker) || cell === marker ? (fill[i] as number) : cell)),
  emit(graph, { fill, marker }, [x], { dtype, width }) {
    const isMarker = Number.isNaN(marker)
      ? graph.node('IsNaN', [x as string])
      : graph.node('Equal', [x as string, graph.constant(constantTensor([marker], dtype, [1, 1]))]);
    return graph.node('Where', [isMarker, graph.constant(constantTensor(fill, dtype, [1, width])), x as string]);
  },
  demand: ({ fill, marker }, demands) => [
    demands.map((demand, i) => {
      const present = !Number.isNaN(marker) || !accepts(demand, fill[i] as number);
      return { ...demand, present };
    }),
  ],
};

/** Puts `fill` where x is the marker (NaN, or the number that stands for missing). */
export function impute(x: Value, fill: ArrayLike<number>, marker = NaN): Value {
  return value(imputeOp, { fill: Float64Array.from(fill), marker }, [x], x.dtype, x.width);
}
