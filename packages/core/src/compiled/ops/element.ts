import { sizeOf, type DType } from '../../tensor/index.ts';
import { input, result, unsupported, type NodeContext, type Operator, type ResultType } from '../context.ts';
import { zero } from '../position.ts';
import { broadcastTo, lazyValue, store, type Value } from '../value.ts';

/** An element of the result from one element of each input, as source. */
export type Formula = (elements: readonly string[], context: NodeContext) => string;

/** An operator that combines elements at the same (broadcast) place. */
export function elementwise(formula: Formula): Operator {
  return (context) => {
    const inputs = context.inputs.map((_, i) => input(context, i));
    return [combined(context, inputs, result(context), (elements) => formula(elements, context))];
  };
}

/** The elements of broadcast inputs combined, computed where they are read. */
export function combined(
  { code }: NodeContext,
  given: readonly Value[],
  { dtype, shape }: ResultType,
  formula: (elements: readonly string[]) => string,
  range?: readonly [number, number],
): Value {
  const size = sizeOf(shape);
  // What is read for several elements is computed once.
  const inputs = given.map((value) => (sizeOf(value.shape) < size ? store(code, value) : value));
  const each = (read: (value: Value) => string): string => {
    const elements = new Map([...new Set(inputs)].map((value) => [value, read(value)]));
    return formula(inputs.map((value) => elements.get(value) as string));
  };
  const areAligned = inputs.every((value) => sizeOf(value.shape) === size || sizeOf(value.shape) === 1);
  return lazyValue({
    dtype,
    shape,
    inputs,
    range,
    at: (inner, coordinates) => each((value) => value.at(inner, broadcastTo(value.shape, coordinates))),
    flat: areAligned
      ? (inner, place) => each((value) => value.flat(inner, sizeOf(value.shape) === 1 ? zero : place))
      : undefined,
  });
}

/** An expression of a dtype's arithmetic: rounded to float32, or wrapped to the width of an integer. */
export function rounded(dtype: DType, expression: string, context: NodeContext): string {
  switch (dtype) {
    case 'float64':
    case 'int64':
      return expression;
    case 'float32':
      return `Math.fround(${expression})`;
    case 'int32':
      return `((${expression}) | 0)`;
    case 'uint32':
      return `((${expression}) >>> 0)`;
    case 'int16':
      return `((${expression}) << 16 >> 16)`;
    case 'int8':
      return `((${expression}) << 24 >> 24)`;
    case 'uint16':
      return `((${expression}) & 65535)`;
    case 'uint8':
      return `((${expression}) & 255)`;
    default:
      throw unsupported(context.node, dtype);
  }
}

export function isFloat(dtype: DType): boolean {
  return dtype === 'float32' || dtype === 'float64';
}

/** A dtype that the operator computes with; others send the graph to ONNX Runtime. */
export function floatResult(context: NodeContext): DType {
  const { dtype } = result(context);
  if (isFloat(dtype)) return dtype;
  throw unsupported(context.node, dtype);
}
