import { intOf } from '../attributes.ts';
import { dtypeOf } from '../dtypes.ts';
import { axesOf, axisOf, broadcastShapes, each, flag, unknown, type ShapeRule } from './shaped.ts';
import type { Node } from '../model.ts';

const same: ShapeRule = (_, [x = unknown]) => [{ dtype: x.dtype, shape: x.shape }];

const broadcast: ShapeRule = (node, inputs) => [
  {
    dtype: inputs[0]?.dtype ?? null,
    shape: broadcastShapes(
      node,
      inputs.map((x) => x?.shape ?? null),
    ),
  },
];

const compare: ShapeRule = (node, inputs) => [{ dtype: 'bool', shape: broadcast(node, inputs)[0]?.shape ?? null }];

const test: ShapeRule = (_, [x = unknown]) => [{ dtype: 'bool', shape: x.shape }];

const reduce: ShapeRule = (node, [x = unknown, axesInput]) => {
  const axes = axesOf(node, axesInput);
  const keep = flag(node, 'keepdims', true);
  if (x.shape === null || axes === null) return [{ dtype: x.dtype, shape: null }];
  if ((axes === undefined || axes.length === 0) && flag(node, 'noop_with_empty_axes', false)) return [x];
  return [{ dtype: x.dtype, shape: reducedShape(node, x.shape, axes ?? [], keep) }];
};

const arg: ShapeRule = (node, [x = unknown]) => {
  if (x.shape === null) return [{ dtype: 'int64', shape: null }];
  const axis = intOf(node, 'axis', 0);
  return [{ dtype: 'int64', shape: reducedShape(node, x.shape, [axis], flag(node, 'keepdims', true)) }];
};

/** Operators that work element by element or along axes. */
export const elementwiseShapes: Readonly<Record<string, ShapeRule>> = {
  ...each(
    'Abs Neg Exp Log Sqrt Reciprocal Sigmoid Tanh Relu LeakyRelu PRelu Sign Sin Cos Tan Asin Acos Atan Sinh Cosh Asinh Acosh Atanh Floor Ceil Round Erf Softplus Softsign Elu Selu Celu HardSigmoid HardSwish Mish ThresholdedRelu Gelu Softmax LogSoftmax Hardmax CumSum Clip BatchNormalization LayerNormalization LpNormalization Normalizer MeanVarianceNormalization InstanceNormalization ScatterElements ScatterND Scatter Imputer Binarizer BitwiseNot Trilu',
    same,
  ),
  ...each('Add Sub Mul Div Mod Pow Min Max Sum Mean And Or Xor BitwiseAnd BitwiseOr BitwiseXor BitShift', broadcast),
  ...each('Equal Less Greater LessOrEqual GreaterOrEqual', compare),
  ...each('IsNaN IsInf Not', test),
  ...each(
    'ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceSumSquare ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp',
    reduce,
  ),
  ...each('ArgMax ArgMin', arg),
  Identity: (_, [x = unknown]) => [x],
  Dropout: (_, [x = unknown]) => [x, { dtype: 'bool', shape: x.shape }],
  Where: (node, [c, x, y]) => [
    { dtype: x?.dtype ?? null, shape: broadcastShapes(node, [c?.shape ?? null, x?.shape ?? null, y?.shape ?? null]) },
  ],
  Cast: (node, [x = unknown]) => [{ dtype: dtypeOf(intOf(node, 'to')), shape: x.shape }],
  CastLike: (_, [x = unknown, like]) => [{ dtype: like?.dtype ?? null, shape: x.shape }],
};

function reducedShape(node: Node, shape: readonly number[], axes: readonly number[], keep: boolean): number[] {
  const gone = new Set(axes.length === 0 ? shape.keys() : axes.map((axis) => axisOf(node, axis, shape.length)));
  return keep ? shape.map((dim, i) => (gone.has(i) ? 1 : dim)) : shape.filter((_, i) => !gone.has(i));
}
