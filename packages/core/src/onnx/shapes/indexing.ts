import { sizeOf } from '../../tensor/index.ts';
import { intOf, intsOf } from '../attributes.ts';
import type { Node } from '../model.ts';
import { axisOf, misfit, unknown, type Shaped, type ShapeRule } from './shaped.ts';

/** Operators that pick elements. */
export const indexingShapes: Readonly<Record<string, ShapeRule>> = {
  Split: (node, [x = unknown, splitInput]) => {
    const results = node.outputs.map(() => ({ dtype: x.dtype, shape: null }));
    if (x.shape === null || (splitInput && !splitInput.value)) return results;
    const { shape } = x;
    const axis = axisOf(node, intOf(node, 'axis', 0), shape.length);
    return splitSizes(node, shape[axis] as number, splitInput?.value).map((size) => ({
      dtype: x.dtype,
      shape: shape.map((dim, i) => (i === axis ? size : dim)),
    }));
  },
  Slice: (node, inputs) => {
    const x = inputs[0] ?? unknown;
    const ranges = x.shape === null ? null : sliceRanges(node, x.shape, inputs);
    return [{ dtype: x.dtype, shape: ranges && ranges.map(({ count }) => count) }];
  },
  Gather: (node, [x = unknown, indices = unknown]) => {
    if (x.shape === null || indices.shape === null) return [{ dtype: x.dtype, shape: null }];
    const axis = axisOf(node, intOf(node, 'axis', 0), x.shape.length);
    return [{ dtype: x.dtype, shape: [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)] }];
  },
  GatherElements: (_, [x = unknown, indices = unknown]) => [{ dtype: x.dtype, shape: indices.shape }],
  GatherND: (node, [x = unknown, indices = unknown]) => {
    if (x.shape === null || indices.shape === null) return [{ dtype: x.dtype, shape: null }];
    const depth = indices.shape.at(-1) ?? 0;
    const batch = intOf(node, 'batch_dims', 0);
    if (batch + depth > x.shape.length) throw misfit(node, `indices of ${depth} do not fit [${x.shape.join(', ')}]`);
    return [{ dtype: x.dtype, shape: [...indices.shape.slice(0, -1), ...x.shape.slice(batch + depth)] }];
  },
  ArrayFeatureExtractor: (_, [x = unknown, indices = unknown]) => {
    if (x.shape === null || indices.shape === null) return [{ dtype: x.dtype, shape: null }];
    const count = sizeOf(indices.shape);
    return [{ dtype: x.dtype, shape: x.shape.length === 1 ? [1, count] : [...x.shape.slice(0, -1), count] }];
  },
  OneHot: (node, [indices = unknown, depth, values]) => {
    const dtype = values?.dtype ?? null;
    const count = depth?.value?.[0];
    if (indices.shape === null || count === undefined) return [{ dtype, shape: null }];
    const shape = [...indices.shape];
    shape.splice(axisOf(node, intOf(node, 'axis', -1), shape.length + 1), 0, count);
    return [{ dtype, shape }];
  },
  TopK: (node, [x = unknown, k]) => {
    const count = k?.value?.[0];
    const shape =
      x.shape === null || count === undefined
        ? null
        : x.shape.map((dim, i, { length }) => (i === axisOf(node, intOf(node, 'axis', -1), length) ? count : dim));
    return [
      { dtype: x.dtype, shape },
      { dtype: 'int64', shape },
    ];
  },
};

/** Sizes of the parts of Split. */
export function splitSizes(node: Node, dim: number, input: readonly number[] | undefined): number[] {
  const stated = intsOf(node, 'split');
  if (stated || input) {
    const sizes = stated ? Array.from(stated as readonly number[], Number) : [...(input as readonly number[])];
    if (
      sizes.length !== node.outputs.length ||
      sizes.some((size) => size < 0) ||
      sizes.reduce((a, b) => a + b, 0) !== dim
    ) {
      throw misfit(node, `sizes [${sizes.join(', ')}] do not add up to ${dim}`);
    }
    return sizes;
  }
  const count = node.outputs.length;
  const size = Math.ceil(dim / count);
  return Array.from({ length: count }, (_, i) => Math.max(0, Math.min(size, dim - i * size)));
}

/** What Slice takes of each axis: `count` elements from `start`, `step` apart. null: computed and not known. */
export function sliceRanges(
  node: Node,
  shape: readonly number[],
  inputs: readonly (Shaped | undefined)[],
): { start: number; step: number; count: number }[] | null {
  const list = (name: string, input: Shaped | undefined) => {
    const ints = intsOf(node, name);
    return ints ? Array.from(ints as readonly number[], Number) : input ? (input.value ?? null) : undefined;
  };
  const starts = list('starts', inputs[1]);
  const ends = list('ends', inputs[2]);
  const axes = list('axes', inputs[3]);
  const steps = list('steps', inputs[4]);
  if (!starts || !ends || axes === null || steps === null) return null;
  const ranges = shape.map((count) => ({ start: 0, step: 1, count }));
  starts.forEach((from, i) => {
    const axis = axisOf(node, axes?.[i] ?? i, shape.length);
    const dim = shape[axis] as number;
    const step = steps?.[i] ?? 1;
    if (step === 0) throw misfit(node, 'a step of 0 never ends');
    const last = step > 0 ? dim : dim - 1;
    const first = step > 0 ? 0 : -1;
    const clamp = (at: number, low: number) => Math.min(Math.max(at < 0 ? at + dim : at, low), last);
    const start = clamp(from, 0);
    const end = clamp(ends[i] as number, first);
    ranges[axis] = { start, step, count: Math.max(0, Math.ceil((end - start) / step)) };
  });
  return ranges;
}
