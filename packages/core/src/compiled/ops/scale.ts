import { floatOf, floatsOf, intOf, intsOf, stringsOf, type Node } from '../../onnx/index.ts';
import type { Tensor } from '../../tensor/index.ts';
import { input, result, unsupported, type Operator } from '../context.ts';
import { literal } from '../literal.ts';
import { print, type Position } from '../position.ts';
import { constantValue, lazyValue, store, type Value } from '../value.ts';
import { combined, isFloat, rounded } from './element.ts';

/** (x − offset) · scale of each column, in the dtype of x; the result is float32. */
const scaler: Operator = (context) => {
  const { node } = context;
  const x = input(context, 0);
  if (!isFloat(x.dtype)) throw unsupported(node, x.dtype);
  const [offset, scale] = [columnsOf(node, 'offset', x), columnsOf(node, 'scale', x)];
  const formula = ([a, b, c]: readonly string[]) =>
    rounded('float32', `${rounded(x.dtype, `(${a} - ${b})`, context)} * ${c}`, context);
  return [combined(context, [x, offset, scale], result(context), formula)];
};

/** Replaces one number, or NaN, by that of the column. */
const imputer: Operator = (context) => {
  const { node } = context;
  const x = input(context, 0);
  if (!isFloat(x.dtype)) throw unsupported(node, x.dtype);
  const missing = floatOf(node, 'replaced_value_float', 0);
  const formula = ([a, b]: readonly string[]) =>
    `(${Number.isNaN(missing) ? `${a} !== ${a}` : `${a} === ${literal(missing)}`} ? ${b} : ${a})`;
  return [combined(context, [x, columnsOf(node, 'imputed_value_floats', x)], result(context), formula)];
};

/** 1 where the label is the category, on a new last axis; labels that are none of them are 0 everywhere. */
const oneHotEncoder: Operator = (context) => {
  const { code, node } = context;
  const x = input(context, 0);
  const texts = stringsOf(node, 'cats_strings');
  const keys: readonly (string | number)[] = texts?.length
    ? [...texts]
    : Array.from((intsOf(node, 'cats_int64s') ?? []) as readonly number[], Number);
  if (intOf(node, 'zeros', 1) === 0) throw unsupported(node, 'labels that must be known');
  const fits =
    x.dtype === (texts?.length ? 'string' : 'int64') &&
    keys.every((key) => typeof key === 'string' || Number.isSafeInteger(key));
  if (!fits || new Set(keys).size < keys.length) throw unsupported(node, `${x.dtype} or equal labels`);
  const map = code.program.constant(node, () => ({ kind: 'map', keys, values: [...keys.keys()] }));
  const type = { dtype: 'int64' as const, shape: x.shape };
  const places = store(
    code,
    combined(context, [x], type, ([element]) => `(${map}.get(${element}) ?? -1)`),
  );
  const { dtype, shape } = result(context);
  return [
    lazyValue({
      dtype,
      shape,
      inputs: [places],
      at: (inner, coordinates) =>
        `(${places.at(inner, coordinates.slice(0, -1))} === ${print(coordinates.at(-1) as Position)} ? 1 : 0)`,
    }),
  ];
};

/** Columns of ai.onnx.ml before a model: scaled, completed, encoded. */
export const scaling: Readonly<Record<string, Operator>> = {
  Scaler: scaler,
  Imputer: imputer,
  OneHotEncoder: oneHotEncoder,
};

/** A number for each column of x. */
function columnsOf(node: Node, name: string, x: Value): Value {
  const floats = floatsOf(node, name);
  const width = x.shape.at(-1) as number;
  if (!floats || (floats.length !== 1 && floats.length !== width))
    throw unsupported(node, `no ${name} for each column`);
  const tensor: Tensor = { dtype: 'float32', shape: [floats.length], data: floats };
  return constantValue(tensor);
}
