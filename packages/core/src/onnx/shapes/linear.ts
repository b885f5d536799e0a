import { stringOf } from '../attributes.ts';
import type { Node } from '../model.ts';
import { broadcastShapes, flag, misfit, unknown, type ShapeRule } from './shaped.ts';

/** Matrix products. */
export const linearShapes: Readonly<Record<string, ShapeRule>> = {
  MatMul: (node, [a = unknown, b = unknown]) => [{ dtype: a.dtype, shape: matMulShape(node, a.shape, b.shape) }],
  MatMulInteger: (node, [a = unknown, b = unknown]) => [{ dtype: 'int32', shape: matMulShape(node, a.shape, b.shape) }],
  Gemm: (node, [a = unknown, b = unknown]) => {
    const x = flag(node, 'transA', false) && a.shape ? a.shape.toReversed() : a.shape;
    const y = flag(node, 'transB', false) && b.shape ? b.shape.toReversed() : b.shape;
    return [{ dtype: a.dtype, shape: matMulShape(node, x, y) }];
  },
  Einsum: (node, inputs) => {
    const [left = '', right] = stringOf(node, 'equation').replaceAll(' ', '').split('->');
    const sizes = new Map<string, number>();
    left.split(',').forEach((letters, i) => {
      Array.from(letters).forEach((letter, axis) => sizes.set(letter, inputs[i]?.shape?.[axis] ?? NaN));
    });
    const shape = Array.from(right ?? '.', (letter) => sizes.get(letter) ?? NaN);
    return [{ dtype: inputs[0]?.dtype ?? null, shape: shape.some(Number.isNaN) ? null : shape }];
  },
  DynamicQuantizeLinear: (_, [x = unknown]) => [
    { dtype: 'uint8', shape: x.shape },
    { dtype: 'float32', shape: [] },
    { dtype: 'uint8', shape: [] },
  ],
};

/** The shape that MatMul gives, or null. Vectors get an axis that goes again. */
function matMulShape(node: Node, a: readonly number[] | null, b: readonly number[] | null): readonly number[] | null {
  if (a === null || b === null) return null;
  if (a.length === 0 || b.length === 0) throw misfit(node, 'a scalar has no rows');
  const [x, y] = [a.length === 1 ? [1, ...a] : a, b.length === 1 ? [...b, 1] : b];
  if (x.at(-1) !== y.at(-2)) throw misfit(node, `[${a.join(', ')}] and [${b.join(', ')}] cannot be multiplied`);
  const batch = broadcastShapes(node, [x.slice(0, -2), y.slice(0, -2)]) as readonly number[];
  const rows = a.length === 1 ? [] : [x.at(-2) as number];
  const columns = b.length === 1 ? [] : [y.at(-1) as number];
  return [...batch, ...rows, ...columns];
}
