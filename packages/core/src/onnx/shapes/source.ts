import { sizeOf } from '../../tensor/index.ts';
import { floatOf, floatsOf, intOf, intsOf, stringOf, stringsOf, tensorOf } from '../attributes.ts';
import { dtypeOf } from '../dtypes.ts';
import type { Node } from '../model.ts';
import { misfit, positive, shapedOf, unknown, type Shaped, type ShapeRule } from './shaped.ts';

/** Operators that make values from constants and shapes. */
export const sourceShapes: Readonly<Record<string, ShapeRule>> = {
  Shape: (node, [x = unknown]) => {
    if (x.shape === null) return [{ dtype: 'int64', shape: null }];
    const dims = x.shape.slice(intOf(node, 'start', 0), intOf(node, 'end', x.shape.length));
    return [{ dtype: 'int64', shape: [dims.length], value: dims }];
  },
  Size: (_, [x = unknown]) => [
    { dtype: 'int64', shape: [], ...(x.shape === null ? {} : { value: [sizeOf(x.shape)] }) },
  ],
  Constant: (node) => [constantOf(node)],
  ConstantOfShape: (node, [shape]) => {
    const fill = tensorOf(node, 'value');
    return [{ dtype: fill?.dtype ?? 'float32', shape: positive(node, shape?.value) }];
  },
  Range: (node, [start, limit, delta]) => {
    const [from, to, by] = [start?.value?.[0], limit?.value?.[0], delta?.value?.[0]];
    const dtype = start?.dtype ?? null;
    if (from === undefined || to === undefined || by === undefined) return [{ dtype, shape: null }];
    if (by === 0) throw misfit(node, 'a step of 0 never ends');
    return [{ dtype, shape: [Math.max(0, Math.ceil((to - from) / by))] }];
  },
  EyeLike: (node, [x = unknown]) => [
    { dtype: node.attributes.has('dtype') ? dtypeOf(intOf(node, 'dtype')) : x.dtype, shape: x.shape },
  ],
};

function constantOf(node: Node): Shaped {
  const tensor = tensorOf(node, 'value');
  if (tensor) return shapedOf(tensor);
  if (node.attributes.has('value_int')) return { dtype: 'int64', shape: [], value: [intOf(node, 'value_int')] };
  if (node.attributes.has('value_float')) return { dtype: 'float32', shape: [], value: [floatOf(node, 'value_float')] };
  if (node.attributes.has('value_string')) {
    stringOf(node, 'value_string');
    return { dtype: 'string', shape: [] };
  }
  const ints = intsOf(node, 'value_ints');
  if (ints) return { dtype: 'int64', shape: [ints.length], value: Array.from(ints as readonly number[], Number) };
  const floats = floatsOf(node, 'value_floats');
  if (floats) return { dtype: 'float32', shape: [floats.length], value: [...floats] };
  const strings = stringsOf(node, 'value_strings');
  if (strings) return { dtype: 'string', shape: [strings.length] };
  throw misfit(node, 'it has no value');
}
