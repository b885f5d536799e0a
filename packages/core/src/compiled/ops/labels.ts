import { floatOf, floatsOf, intOf, intsOf, stringOf, stringsOf, tensorOf, type Node } from '../../onnx/index.ts';
import type { DType, Tensor } from '../../tensor/index.ts';
import { input, result, unsupported, type Operator } from '../context.ts';
import { literal } from '../literal.ts';
import { combined } from './element.ts';

type Label = string | number;

/** Labels → labels by a table; what is not in it becomes the default. Of equal keys the first counts; NaN is a key from version 4 on. */
const labelEncoder: Operator = (context) => {
  const { code, node, opset } = context;
  const x = input(context, 0);
  const type = result(context);
  const keys = listOf(node, 'keys');
  const values = listOf(node, 'values');
  if (keys.length !== values.length) throw unsupported(node, 'lists of different lengths');
  const fallback = defaultOf(node, type.dtype);
  const isKey = (key: Label) => opset >= 4 || !Number.isNaN(key);
  const map = code.program.constant(node, () => ({
    kind: 'map',
    keys: keys.filter(isKey),
    values: values.filter((_, i) => isKey(keys[i] as Label)),
  }));
  const absent =
    typeof fallback === 'number'
      ? literal(fallback)
      : `${code.program.constant(`default of ${map}`, () => ({ kind: 'strings', data: [fallback] }))}[0]`;
  return [
    combined(context, [x], type, ([element]) => `(${map}.get(${element}) ?? ${absent})`, rangeOf(values, fallback)),
  ];
};

/** Lookups of ai.onnx.ml. */
export const labels: Readonly<Record<string, Operator>> = { LabelEncoder: labelEncoder };

function listOf(node: Node, name: 'keys' | 'values'): Label[] {
  const strings = stringsOf(node, `${name}_strings`);
  if (strings) return [...strings];
  const ints = intsOf(node, `${name}_int64s`);
  if (ints) return Array.from(ints as readonly number[], (value) => safe(node, value));
  const floats = floatsOf(node, `${name}_floats`);
  if (floats) return [...floats];
  const tensor = tensorOf(node, `${name}_tensor`);
  if (tensor) return elements(node, tensor);
  throw unsupported(node, `no ${name}`);
}

/** Defaults of ONNX where the node states none; `_Unused` is what its specification says for strings. */
function defaultOf(node: Node, dtype: DType): Label {
  const tensor = tensorOf(node, 'default_tensor');
  if (tensor) return elements(node, tensor)[0] as Label;
  if (dtype === 'string') return stringOf(node, 'default_string', '_Unused');
  if (dtype === 'float32' || dtype === 'float64') return floatOf(node, 'default_float', -0);
  return intOf(node, 'default_int64', -1);
}

function elements(node: Node, { data }: Tensor): Label[] {
  return ArrayBuffer.isView(data)
    ? Array.from(data as ArrayLike<number | bigint>, (value) => safe(node, value))
    : [...data];
}

function safe(node: Node, value: number | bigint): number {
  const number = Number(value);
  if (typeof value === 'bigint' && !Number.isSafeInteger(number)) throw unsupported(node, 'labels beyond 2^53');
  return number;
}

function rangeOf(values: readonly Label[], fallback: Label): [number, number] | undefined {
  let [low, high] = [Infinity, -Infinity];
  for (const value of [...values, fallback]) {
    if (typeof value !== 'number' || !Number.isInteger(value)) return undefined;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}
