import { floatOf, floatsOf, intOf, intsOf, stringOf, stringsOf, tensorOf, type Node } from '../onnx/index.ts';
import { float32, int64, strings, type Tensor } from '../tensor/index.ts';
import { unsupported } from './context.ts';

/** The tensor of a Constant node, in whichever attribute it is. */
export function constantTensor(node: Node): Tensor {
  const tensor = tensorOf(node, 'value');
  if (tensor) return tensor;
  if (node.attributes.has('value_int')) return int64([intOf(node, 'value_int')], []);
  if (node.attributes.has('value_float')) return float32([floatOf(node, 'value_float')], []);
  if (node.attributes.has('value_string')) return strings([stringOf(node, 'value_string')], []);
  const ints = intsOf(node, 'value_ints');
  if (ints) return int64(Array.from(ints as readonly number[]));
  const floats = floatsOf(node, 'value_floats');
  if (floats) return float32(floats);
  const texts = stringsOf(node, 'value_strings');
  if (texts) return strings(texts);
  throw unsupported(node, 'no value');
}
