import { fail } from '../../../errors/index.ts';
import { ops, type Value } from '../../../ir/index.ts';
import type { Context } from '../context.ts';
import { itemsOf, PyObject, type Fitted, type Plain } from '../fitted.ts';
import { inverseFunction } from './inverse-function.ts';
import { inversePowers } from './inverse-powers.ts';
import { inverseQuantiles } from './inverse-quantiles.ts';

/** `inverse_transform` of one class: from transformed columns back to the original ones. */
type Inverse = (fitted: Fitted, x: Value, context: Context, depth: number) => Value;

const MAX_DEPTH = 10;

/** Undoes a fitted transformer; None and 'passthrough' change nothing. */
export function inverseTransform(
  transformer: Plain | undefined,
  x: Value,
  context: Context,
  name: string,
  depth = 0,
): Value {
  if (transformer === null || transformer === undefined || transformer === 'passthrough') return x;
  if (!(transformer instanceof PyObject))
    throw fail('CORRUPT_FILE', { format: 'scikit-learn', problem: `${name} is no transformer` });
  const fitted = context.fitted(transformer, name);
  const inverse = inverses.get(fitted.type);
  if (depth > MAX_DEPTH) throw fitted.wrong('steps', 'transformers that do not contain themselves');
  if (inverse) return inverse(fitted, x, context, depth);
  throw fitted.unsupported(
    `a target that ${fitted.name} transformed`,
    `Use one of ${[...inverses.keys()].map((type) => type.split('.').at(-1)).join(', ')}, or predict the target as it is.`,
    'its inverse has no converter',
  );
}

const standardScaler: Inverse = (fitted, x) => {
  const scaled =
    fitted.flag('with_std', true) && fitted.has('scale_') ? ops.multiply(x, fitted.vector('scale_', x.width)) : x;
  return fitted.flag('with_mean', true) ? ops.add(scaled, fitted.vector('mean_', x.width)) : scaled;
};

const minMaxScaler: Inverse = (fitted, x) =>
  ops.divide(ops.subtract(x, fitted.vector('min_', x.width)), fitted.vector('scale_', x.width));

const maxAbsScaler: Inverse = (fitted, x) => ops.multiply(x, fitted.vector('scale_', x.width));

const robustScaler: Inverse = (fitted, x) => {
  const scaled = fitted.flag('with_scaling', true) ? ops.multiply(x, fitted.vector('scale_', x.width)) : x;
  return fitted.flag('with_centering', true) ? ops.add(scaled, fitted.vector('center_', x.width)) : scaled;
};

const powerTransformer: Inverse = (fitted, x, context) => {
  const y = fitted.flag('standardize', true)
    ? standardScaler(context.fitted(fitted.object_('_scaler'), '_scaler'), x, context, 0)
    : x;
  return inversePowers(fitted, y);
};

const pipeline: Inverse = (fitted, x, context, depth) =>
  fitted.list('steps').reduceRight((value: Value, step) => {
    const [name, transformer] = itemsOf(step) ?? [];
    if (typeof name !== 'string') throw fitted.wrong('steps', '(name, transformer) pairs');
    return inverseTransform(transformer, value, context, `steps.${name}`, depth + 1);
  }, x);

const inverses: ReadonlyMap<string, Inverse> = new Map([
  ['sklearn.preprocessing._data.StandardScaler', standardScaler],
  ['sklearn.preprocessing._data.MinMaxScaler', minMaxScaler],
  ['sklearn.preprocessing._data.MaxAbsScaler', maxAbsScaler],
  ['sklearn.preprocessing._data.RobustScaler', robustScaler],
  ['sklearn.preprocessing._data.PowerTransformer', powerTransformer],
  ['sklearn.preprocessing._data.QuantileTransformer', inverseQuantiles],
  ['sklearn.preprocessing._function_transformer.FunctionTransformer', inverseFunction],
  ['sklearn.pipeline.Pipeline', pipeline],
]);
