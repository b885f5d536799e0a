import type { Scalar, Signature } from '../../signature/index.ts';
import { sizeOf, tensor, type DType, type Tensor } from '../../tensor/index.ts';
import { castTo } from './cast.ts';
import type { Servable } from '../protocol.ts';
import type { Tensors } from './run.ts';

/** An answer as array wires see it: a method of the original library, or an output of a graph. */
export interface Method {
  /** `predict`, `predict_proba`, `decision_function`, `transform`, … or the output's own name. */
  readonly name: string;
  readonly dtype: DType;
  /** Per row; null where free. */
  readonly shape: readonly (number | null)[];
  /** The tensor with the rows in front, as the method of the library gives it: `predict` is `[N]`. */
  readonly read: (outputs: Tensors) => Tensor;
}

const known = new WeakMap<Servable, readonly Method[]>();

/** Everything that a model answers; what `predict` gives comes first. */
export function methodsOf(model: Servable): readonly Method[] {
  let methods = known.get(model);
  if (!methods) known.set(model, (methods = makeMethods(model)));
  return methods;
}

function makeMethods(model: Servable): Method[] {
  const { signature } = model;
  const { outputs, task, classes } = signature;
  switch (task) {
    case 'classification':
      return present([
        labels(model, outputs.label, classes),
        plain(model, 'predict_proba', outputs.probabilities),
        outputs.probabilities === undefined ? plain(model, 'decision_function', outputs.scores, true) : undefined,
      ]);
    case 'regression':
      return present([plain(model, 'predict', outputs.value, true)]);
    case 'clustering':
      return present([plain(model, 'predict', outputs.label, true), plain(model, 'transform', outputs.distances)]);
    case 'outlier':
      return present([
        plain(model, 'predict', outputs.label, true),
        plain(model, methodOf(signature, outputs.scores) ?? 'decision_function', outputs.scores, true),
      ]);
    case 'transform':
      return present([plain(model, 'transform', outputs.output)]);
    case 'multilabel':
      return present([
        plain(model, 'predict', outputs.label),
        plain(model, 'predict_proba', outputs.probabilities),
        outputs.probabilities === undefined ? plain(model, 'decision_function', outputs.scores) : undefined,
      ]);
    case 'multioutput-classification':
      return present([targetLabels(model, outputs.label), plain(model, 'predict_proba', outputs.probabilities)]);
    case 'graph':
      return present((outputs.all ?? model.outputs.map(({ name }) => name)).map((name) => plain(model, name, name)));
  }
}

/** An output as it is; `flat` makes a vector of one column. */
function plain(model: Servable, name: string, output: string | undefined, flat = false): Method | undefined {
  if (output === undefined) return undefined;
  const spec = model.outputs.find(({ name: given }) => given === output);
  const shape = spec?.shape ?? [];
  const dtype = spec?.dtype ?? 'float64';
  const isColumn = flat && shape.length <= 1 && (shape[0] ?? 1) === 1;
  return {
    name,
    dtype,
    shape: isColumn ? [] : shape,
    read(outputs) {
      const given = castTo(dtype, outputOf(outputs, output));
      return flat ? flattened(given) : given;
    },
  };
}

/** Class labels in the type that the original gives them. */
function labels(
  model: Servable,
  output: string | undefined,
  classes: readonly Scalar[] | undefined,
): Method | undefined {
  if (output === undefined) return undefined;
  const asIs = plain(model, 'predict', output, true) as Method;
  if (!classes || model.signature.outputs.labelIs === 'value' || asIs.dtype === 'string') return asIs;
  const dtype = dtypeOf(classes);
  return {
    name: 'predict',
    dtype,
    shape: [],
    read: (outputs) => chosen(flattened(outputOf(outputs, output)), dtype, () => classes),
  };
}

function targetLabels(model: Servable, output: string | undefined): Method | undefined {
  if (output === undefined) return undefined;
  const { targetClasses = [] } = model.signature;
  const dtype = dtypeOf(targetClasses.flat());
  const width = targetClasses.length;
  return {
    name: 'predict',
    dtype,
    shape: [width],
    read: (outputs) => chosen(outputOf(outputs, output), dtype, (i) => targetClasses[i % width] ?? []),
  };
}

/** Positions become the classes that they stand for. */
function chosen(positions: Tensor, dtype: DType, classesOf: (element: number) => readonly Scalar[]): Tensor {
  const { data, shape } = positions;
  const pick = (i: number): Scalar => classesOf(i)[Number(data[i])] ?? '';
  const values = Array.from({ length: data.length }, (_, i) => pick(i));
  switch (dtype) {
    case 'bool':
      return tensor('bool', shape, Uint8Array.from(values, Number));
    case 'int64':
      return tensor(
        'int64',
        shape,
        BigInt64Array.from(values, (value) => BigInt(value as number)),
      );
    case 'float64':
      return tensor('float64', shape, Float64Array.from(values, Number));
    default:
      return tensor('string', shape, values.map(String));
  }
}

/** What NumPy makes of a list of classes. */
function dtypeOf(classes: readonly Scalar[]): DType {
  if (classes.every((value) => typeof value === 'boolean')) return 'bool';
  if (classes.every((value) => typeof value === 'number')) return classes.every(Number.isInteger) ? 'int64' : 'float64';
  return 'string';
}

function methodOf({ outputs: { methods = {} } }: Signature, output: string | undefined): string | undefined {
  return Object.entries(methods).find(([, name]) => name === output)?.[0];
}

function flattened({ dtype, shape, data }: Tensor): Tensor {
  const [rows = 1, ...dims] = shape;
  return dims.length > 0 && sizeOf(dims) === 1 ? { dtype, shape: [rows], data } : { dtype, shape, data };
}

function outputOf(outputs: Tensors, name: string): Tensor {
  if (!Object.hasOwn(outputs, name)) throw new Error(`the model gave no output "${name}"`);
  return outputs[name] as Tensor;
}

function present(methods: readonly (Method | undefined)[]): Method[] {
  return methods.filter((method) => method !== undefined);
}
