import type { DType } from '../../tensor/index.ts';
import { input, result, unsupported, type NodeContext, type Operator } from '../context.ts';
import { combined, isFloat, rounded } from './element.ts';

const cast: Operator = (context) => {
  const x = input(context, 0);
  const type = result(context);
  if (x.dtype === type.dtype) return [x];
  const range: readonly [number, number] | undefined = x.dtype === 'bool' ? [0, 1] : x.range;
  const isInteger = type.dtype === 'int64' || type.dtype === 'int32';
  const formula = ([element]: readonly string[]) => converted(context, element as string, x.dtype, type.dtype);
  return [combined(context, [x], type, formula, isInteger ? range : undefined)];
};

/** Conversions between dtypes. */
export const casts: Readonly<Record<string, Operator>> = { Cast: cast, CastLike: cast };

function converted(context: NodeContext, element: string, from: DType, to: DType): string {
  const { program } = context.code;
  if (to === 'string') return asString(context, element, from);
  if (from === 'string') {
    if (isFloat(to)) return rounded(to, `${program.use('parseFloat')}(${element})`, context);
    if (to === 'int64' || to === 'int32') return `${program.use('parseInteger')}(${element})`;
    throw unsupported(context.node, `strings to ${to}`);
  }
  if (to === 'bool') return `${element} !== 0`;
  const number = from === 'bool' ? `(${element} ? 1 : 0)` : element;
  if (isFloat(to)) return rounded(to, number, context);
  if (!isFloat(from)) return rounded(to, number, context);
  if (to === 'int64') return `${program.use('toInt64')}(${number})`;
  return rounded(to, `${program.use('toInt32')}(${number})`, context);
}

/** ONNX Runtime prints floats of both widths with 8 digits. */
function asString(context: NodeContext, element: string, from: DType): string {
  if (from === 'bool') return `(${element} ? '1' : '0')`;
  if (!isFloat(from)) return `String(${element})`;
  return `${context.code.program.use('formatFloat')}(${element}, 8)`;
}
