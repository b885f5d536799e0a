import { sizeOf } from '../../tensor/index.ts';
import { intOf, intsOf } from '../attributes.ts';
import type { Node } from '../model.ts';
import { axesOf, axisOf, broadcastShapes, flag, misfit, positive, unknown, type ShapeRule } from './shaped.ts';

/** Operators that move or repeat elements. */
export const layoutShapes: Readonly<Record<string, ShapeRule>> = {
  Reshape: (node, [x = unknown, shape]) => [{ dtype: x.dtype, shape: reshaped(node, x.shape, shape?.value) }],
  Flatten: (node, [x = unknown]) => {
    if (x.shape === null) return [{ dtype: x.dtype, shape: null }];
    const stated = intOf(node, 'axis', 1);
    const axis = stated === x.shape.length ? stated : axisOf(node, stated, x.shape.length);
    return [{ dtype: x.dtype, shape: [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))] }];
  },
  Squeeze: (node, [x = unknown, axesInput]) => {
    const axes = axesOf(node, axesInput);
    if (x.shape === null || axes === null) return [{ dtype: x.dtype, shape: null }];
    const { shape } = x;
    const gone = axes?.map((axis) => axisOf(node, axis, shape.length));
    for (const axis of gone ?? [])
      if (shape[axis] !== 1) throw misfit(node, `axis ${axis} of [${shape.join(', ')}] is not 1`);
    return [{ dtype: x.dtype, shape: shape.filter((dim, i) => (gone ? !gone.includes(i) : dim !== 1)) }];
  },
  Unsqueeze: (node, [x = unknown, axesInput]) => {
    const axes = axesOf(node, axesInput);
    if (x.shape === null || !axes) return [{ dtype: x.dtype, shape: null }];
    const rank = x.shape.length + axes.length;
    const added = new Set(axes.map((axis) => axisOf(node, axis, rank)));
    if (added.size < axes.length) throw misfit(node, 'an axis is stated twice');
    const dims = [...x.shape];
    return [
      { dtype: x.dtype, shape: Array.from({ length: rank }, (_, i) => (added.has(i) ? 1 : (dims.shift() as number))) },
    ];
  },
  Transpose: (node, [x = unknown]) => {
    if (x.shape === null) return [{ dtype: x.dtype, shape: null }];
    return [{ dtype: x.dtype, shape: permutationOf(node, x.shape.length).map((axis) => x.shape?.[axis] as number) }];
  },
  Concat: (node, inputs) => {
    const shapes = inputs.map((x) => x?.shape ?? null);
    const dtype = inputs[0]?.dtype ?? null;
    const first = shapes[0];
    if (!first || shapes.includes(null)) return [{ dtype, shape: null }];
    const axis = axisOf(node, intOf(node, 'axis', 1), first.length);
    for (const shape of shapes) {
      if (shape?.length !== first.length || shape.some((dim, i) => i !== axis && dim !== first[i])) {
        throw misfit(node, `[${first.join(', ')}] and [${shape?.join(', ')}] cannot be joined on axis ${axis}`);
      }
    }
    const joined = shapes.reduce((sum, shape) => sum + (shape?.[axis] as number), 0);
    return [{ dtype, shape: first.map((dim, i) => (i === axis ? joined : dim)) }];
  },
  Expand: (node, [x = unknown, shape]) => {
    const target = positive(node, shape?.value);
    return [{ dtype: x.dtype, shape: broadcastShapes(node, [x.shape, target]) }];
  },
  Tile: (node, [x = unknown, repeats]) => {
    const counts = positive(node, repeats?.value);
    if (x.shape === null || counts === null) return [{ dtype: x.dtype, shape: null }];
    if (counts.length !== x.shape.length) throw misfit(node, 'it needs one count an axis');
    return [{ dtype: x.dtype, shape: x.shape.map((dim, i) => dim * (counts[i] as number)) }];
  },
  Pad: (node, [x = unknown, padsInput]) => {
    const stated = intsOf(node, 'pads');
    const pads = stated ? Array.from(stated as readonly number[], Number) : padsInput?.value;
    if (x.shape === null || !pads || pads.length !== 2 * x.shape.length) return [{ dtype: x.dtype, shape: null }];
    const rank = x.shape.length;
    return [{ dtype: x.dtype, shape: x.shape.map((dim, i) => dim + (pads[i] as number) + (pads[i + rank] as number)) }];
  },
};

/** The axes of Transpose. */
export function permutationOf(node: Node, rank: number): number[] {
  const stated = intsOf(node, 'perm');
  const axes = stated
    ? Array.from(stated as readonly number[], Number)
    : Array.from({ length: rank }, (_, i) => rank - 1 - i);
  if (axes.length !== rank || new Set(axes).size !== rank || axes.some((axis) => !(axis >= 0 && axis < rank))) {
    throw misfit(node, `perm [${axes.join(', ')}] does not fit a value of rank ${rank}`);
  }
  return axes;
}

function reshaped(
  node: Node,
  from: readonly number[] | null,
  to: readonly number[] | undefined,
): readonly number[] | null {
  if (!to || (from === null && to.some((dim) => dim <= 0))) return null;
  const keepsZero = flag(node, 'allowzero', false);
  const dims = to.map((dim, i) => (dim === 0 && !keepsZero ? (from?.[i] ?? 0) : dim));
  if (from === null) return dims;
  const known = dims.reduce((product, dim) => (dim === -1 ? product : product * dim), 1);
  const size = sizeOf(from);
  const rest = known === 0 ? 0 : size / known;
  const result = dims.map((dim) => (dim === -1 ? rest : dim));
  if (!Number.isInteger(rest) || sizeOf(result) !== size || dims.filter((dim) => dim === -1).length > 1) {
    throw misfit(node, `[${from.join(', ')}] cannot become [${to.join(', ')}]`);
  }
  return result;
}
