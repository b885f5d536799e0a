import type { DType } from '../../tensor/index.ts';
import { intOf, intsOf, stringsOf, tensorOf } from '../attributes.ts';
import type { Node } from '../model.ts';
import { unknown, type ShapeRule } from './shaped.ts';

/** Float results of one row per row of the input: [N, width]. */
const perRow =
  (width: (node: Node) => number): ShapeRule =>
  (node, [x = unknown]) => [{ dtype: 'float32', shape: x.shape === null ? null : [rowsOf(x.shape), width(node)] }];

/** Class labels and scores of the classifiers of ai.onnx.ml. */
const classify: ShapeRule = (node, [x = unknown]) => {
  const strings = stringsOf(node, 'classlabels_strings') ?? stringsOf(node, 'classlabels_ints_strings') ?? [];
  const ints = intsOf(node, 'classlabels_int64s') ?? intsOf(node, 'classlabels_ints') ?? [];
  const rows = x.shape === null ? null : rowsOf(x.shape);
  const width = Math.max(strings.length, ints.length);
  return [
    { dtype: strings.length > 0 ? 'string' : 'int64', shape: rows === null ? null : [rows] },
    { dtype: 'float32', shape: rows === null ? null : [rows, width] },
  ];
};

/** Operators of ai.onnx.ml. */
export const mlShapes: Readonly<Record<string, ShapeRule>> = {
  LabelEncoder: (node, [x = unknown]) => [{ dtype: labelDtype(node), shape: x.shape }],
  OneHotEncoder: (node, [x = unknown]) => {
    const width = Math.max(intsOf(node, 'cats_int64s')?.length ?? 0, stringsOf(node, 'cats_strings')?.length ?? 0);
    return [{ dtype: 'float32', shape: x.shape === null ? null : [...x.shape, width] }];
  },
  Scaler: (_, [x = unknown]) => [{ dtype: 'float32', shape: x.shape }],
  LinearRegressor: perRow((node) => intOf(node, 'targets', 1)),
  SVMRegressor: perRow(() => 1),
  TreeEnsembleRegressor: perRow((node) => intOf(node, 'n_targets', 1)),
  TreeEnsemble: (node, [x = unknown]) => [
    { dtype: x.dtype, shape: x.shape === null ? null : [rowsOf(x.shape), intOf(node, 'n_targets', 1)] },
  ],
  LinearClassifier: classify,
  TreeEnsembleClassifier: classify,
  SVMClassifier: classify,
};

/** Rows of a value that ai.onnx.ml reads as a table: a vector is one row. */
function rowsOf(shape: readonly number[]): number {
  return shape.length <= 1 ? 1 : (shape[0] as number);
}

function labelDtype(node: Node): DType {
  const has = (name: string) => node.attributes.has(name);
  const tensor = tensorOf(node, 'values_tensor');
  if (tensor) return tensor.dtype;
  if (has('values_strings')) return 'string';
  if (has('values_int64s')) return 'int64';
  if (has('values_floats')) return 'float32';
  return 'int64';
}
