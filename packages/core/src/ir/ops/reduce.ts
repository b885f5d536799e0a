import type { Limit } from '../../signature/limits.ts';
import { float64, int64 } from '../../tensor/index.ts';
import { value, type Demand, type Op, type Value } from '../value.ts';
import { bagProduct, bagStep } from './bag.ts';
import { add, constantTensor, numbersOf } from './numbers.ts';

interface Reduction {
  readonly id: string;
  readonly onnx: string;
  readonly compute: (row: Float64Array) => number;
  /** Opset 17 gives axes to ReduceSum as an input, to the others as an attribute. */
  readonly axesAsInput?: boolean;
}

function reduction({ id, onnx, compute, axesAsInput = false }: Reduction): (x: Value, groups?: number) => Value {
  const op: Op<number> = {
    id,
    evaluate(groups, [x]) {
      const row = numbersOf(x as Float64Array);
      const size = row.length / groups;
      return Float64Array.from({ length: groups }, (_, g) => compute(row.subarray(g * size, (g + 1) * size)));
    },
    emit(graph, groups, [x], { inputs }) {
      const size = (inputs[0] as Value).width / groups;
      const grouped =
        groups === 1 ? (x as string) : graph.node('Reshape', [x as string, graph.constant(int64([-1, groups, size]))]);
      const axis = groups === 1 ? 1 : 2;
      const keepdims = groups === 1 ? 1 : 0;
      return axesAsInput
        ? graph.node(onnx, [grouped, graph.constant(int64([axis]))], { keepdims })
        : graph.node(onnx, [grouped], { axes: [axis], keepdims });
    },
  };
  return (x, groups = 1) => {
    if (x.width % groups) throw new Error(`${id}: ${x.width} columns are not ${groups} groups`);
    return value(op, groups, [x], x.dtype, groups);
  };
}

/** Sum of each row, or of each of `groups` equal stretches of it, in order. */
export const sum = reduction({
  id: 'sum',
  onnx: 'ReduceSum',
  axesAsInput: true,
  compute: (row) => row.reduce((total, cell) => total + cell, 0),
});
export const sumOfSquares = reduction({
  id: 'sumOfSquares',
  onnx: 'ReduceSumSquare',
  compute: (row) => row.reduce((total, cell) => total + cell * cell, 0),
});
export const largest = reduction({ id: 'largest', onnx: 'ReduceMax', compute: (row) => Math.max(...row) });
export const smallest = reduction({ id: 'smallest', onnx: 'ReduceMin', compute: (row) => Math.min(...row) });

const positionOp: Op<'ArgMax' | 'ArgMin'> = {
  id: 'position',
  evaluate(which, [x]) {
    const row = numbersOf(x as Float64Array);
    let best = 0;
    for (let i = 1; i < row.length; i++) {
      const better =
        which === 'ArgMax' ? (row[i] as number) > (row[best] as number) : (row[i] as number) < (row[best] as number);
      if (better) best = i;
    }
    return Float64Array.of(best);
  },
  emit: (graph, which, [x]) => graph.node(which, [x as string], { axis: 1, keepdims: 1 }),
};

/** Position of the largest element of each row; the first of equals, as np.argmax. */
export function positionOfLargest(x: Value): Value {
  return value(positionOp, 'ArgMax', [x], 'int64', 1);
}

/** Position of the smallest element of each row; the first of equals, as np.argmin. */
export function positionOfSmallest(x: Value): Value {
  return value(positionOp, 'ArgMin', [x], 'int64', 1);
}

const softmaxOp: Op<null> = {
  id: 'softmax',
  evaluate(_params, [x]) {
    const row = numbersOf(x as Float64Array);
    const top = Math.max(...row);
    const powers = row.map((cell) => Math.exp(cell - top));
    const total = powers.reduce((part, cell) => part + cell, 0);
    return powers.map((cell) => cell / total);
  },
  emit: (graph, _params, [x]) => graph.node('Softmax', [x as string], { axis: 1 }),
};

/** exp(x - max x) / Σ, over each row. */
export function softmax(x: Value): Value {
  return value(softmaxOp, null, [x], x.dtype, x.width);
}

interface Linear {
  /** [outputs, inputs], row-major, as `coef_`. */
  readonly weights: Float64Array;
  readonly bias: Float64Array | undefined;
}

const linearOp: Op<Linear> = {
  id: 'linear',
  evaluate({ weights, bias }, [x], { width }) {
    const row = numbersOf(x as Float64Array);
    return Float64Array.from({ length: width }, (_, k) => {
      let total = 0;
      for (let f = 0; f < row.length; f++) total += (row[f] as number) * (weights[k * row.length + f] as number);
      return bias ? total + (bias[k] as number) : total;
    });
  },
  emit(graph, { weights, bias }, [x], { dtype, width, inputs }) {
    const features = (inputs[0] as Value).width;
    const transposed = new Float64Array(weights.length);
    for (let k = 0; k < width; k++) {
      for (let f = 0; f < features; f++) transposed[f * width + k] = weights[k * features + f] as number;
    }
    // Not MatMul: ONNX Runtime fuses that with a Mul or Div by one number before or after it, whose float64 it rounds to
    // float32 (MatMulScaleFusion).
    const product = graph.node('Gemm', [
      x as string,
      graph.constant(constantTensor(transposed, dtype, [features, width])),
    ]);
    return bias ? graph.node('Add', [product, graph.constant(constantTensor(bias, dtype, [1, width]))]) : product;
  },
};

/** x · weightsᵀ + bias; weights are [outputs, inputs] row-major like scikit-learn's `coef_`. */
export function linear(x: Value, weights: Float64Array, bias?: Float64Array): Value {
  if (!x.width || weights.length % x.width) throw new Error(`${weights.length} weights do not fit ${x.width} columns`);
  if (hasBag(x)) return sparseLinear(x, weights, bias);
  return value(linearOp, { weights, bias }, [x], x.dtype, weights.length / x.width);
}

/** A bag, checked, joined to other columns, picked from or scaled: its part of the product leaves the zeros out. */
function hasBag(x: Value): boolean {
  if (x.op.id === 'concat') return x.inputs.some(hasBag);
  if (x.op.id === 'require' || x.op.id === 'select' || divisorsOf(x)) return hasBag(x.inputs[0] as Value);
  return bagStep(x) !== undefined;
}

function sparseLinear(x: Value, weights: Float64Array, bias: Float64Array | undefined): Value {
  const [inner] = x.inputs;
  if (x.op.id === 'require') return sparseLinear(inner as Value, weights, bias);
  if (x.op.id === 'select') return sparseLinear(inner as Value, spread(x, weights), bias);
  const divisors = divisorsOf(x);
  if (divisors) {
    const divided = weights.map((weight, i) => weight / (divisors[divisors.length === 1 ? 0 : i % x.width] as number));
    return sparseLinear(inner as Value, divided, bias);
  }
  const product = bagStep(x) ? bagProduct(x, weights) : sumOfParts(x, weights);
  return bias ? add(product, bias) : product;
}

/** Divisors of columns that a scaler divided by constants. */
function divisorsOf(x: Value): Float64Array | undefined {
  const [, by] = x.inputs;
  return x.op.id === 'divide' && by?.op.id === 'constant' ? (by.params as Float64Array) : undefined;
}

/** Weights of picked columns as weights of all columns, zero for the others. */
function spread(picked: Value, weights: Float64Array): Float64Array {
  const indices = picked.params as readonly number[];
  const width = (picked.inputs[0] as Value).width;
  const all = new Float64Array((weights.length / picked.width) * width);
  weights.forEach((weight, i) => {
    const at = Math.floor(i / picked.width) * width + (indices[i % picked.width] as number);
    all[at] = (all[at] as number) + weight;
  });
  return all;
}

function sumOfParts(x: Value, weights: Float64Array): Value {
  const outputs = weights.length / x.width;
  let start = 0;
  const products = x.inputs.map((part) => {
    const own = new Float64Array(outputs * part.width);
    for (let k = 0; k < outputs; k++)
      own.set(weights.subarray(k * x.width + start, k * x.width + start + part.width), k * part.width);
    start += part.width;
    return linear(part, own);
  });
  return products.reduce((total, product) => add(total, product));
}

interface Table {
  readonly table: Float64Array;
  readonly width: number;
}

const tableOp: Op<Table> = {
  id: 'table',
  evaluate: ({ table, width }, [x]) => {
    const at = numbersOf(x as Float64Array)[0] as number;
    return table.slice(at * width, (at + 1) * width);
  },
  emit(graph, { table, width }, [x]) {
    const rows = graph.node('Gather', [graph.constant(float64(table, [table.length / width, width])), x as string], {
      axis: 0,
    });
    return graph.node('Reshape', [rows, graph.constant(int64([-1, width]))]);
  },
  demand: (params, demands) => [[{ limits: refusedRows(params, demands) }]],
};

/** Rows that hold NaN or infinity where a later step takes none. */
function refusedRows({ table, width }: Table, demands: readonly Demand[]): Limit[] {
  const limits: Limit[] = [];
  for (let start = 0; start < table.length; start += width) {
    const isRefused = demands.some(({ present, finite }, k) => {
      const cell = table[start + k] as number;
      return Number.isNaN(cell) ? present : finite && !Number.isFinite(cell);
    });
    if (isRefused) limits.push({ refuses: 'exactly', value: start / width });
  }
  return limits;
}

/** Row `index` of a table of numbers `[rows, width]`. */
export function tableRow(index: Value, table: Float64Array, width: number): Value {
  return value(tableOp, { table, width }, [index], 'float64', width);
}
