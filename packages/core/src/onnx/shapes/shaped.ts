import { fail } from '../../errors/index.ts';
import type { DType, Tensor } from '../../tensor/index.ts';
import { intOf, intsOf } from '../attributes.ts';
import type { Node } from '../model.ts';

/** What is known of a value for one concrete batch size. null: not known. */
export interface Shaped {
  readonly dtype: DType | null;
  readonly shape: readonly number[] | null;
  /** Elements of small numeric values that are known before any row comes: shapes, axes, counts. */
  readonly value?: readonly number[] | undefined;
}

/** Says what is known of a node's outputs from what is known of its inputs (undefined: left out). */
export type ShapeRule = (node: Node, inputs: readonly (Shaped | undefined)[]) => readonly Shaped[];

/** Values of more elements than this are not followed: shapes and axes are short. */
export const maxKnownElements = 1024;

export const unknown: Shaped = { dtype: null, shape: null };

export function shapedOf({ dtype, shape, data }: Tensor): Shaped {
  if (!ArrayBuffer.isView(data) || data.length > maxKnownElements || dtype === 'float16' || dtype === 'bfloat16') {
    return { dtype, shape };
  }
  return { dtype, shape, value: Array.from(data, Number) };
}

/** An axis counted from the front. */
export function axisOf(node: Node, axis: number, rank: number): number {
  if (axis < -rank || axis >= rank) {
    throw misfit(node, `axis ${axis} does not exist in a value of rank ${rank}`);
  }
  return axis < 0 ? axis + rank : axis;
}

/**
 * The axes of a node that states them as an attribute (older operator sets) or as its second input.
 * undefined: it states none; null: they are computed and not known.
 */
export function axesOf(node: Node, input: Shaped | undefined): readonly number[] | null | undefined {
  const ints = intsOf(node, 'axes');
  if (ints) return Array.from(ints as readonly number[], Number);
  if (!input) return undefined;
  return input.value ?? null;
}

/** numpy's broadcasting of shapes. */
export function broadcastShapes(node: Node, shapes: readonly (readonly number[] | null)[]): readonly number[] | null {
  let result: readonly number[] = [];
  for (const shape of shapes) {
    if (shape === null) return null;
    const rank = Math.max(result.length, shape.length);
    const [a, b] = [result, shape];
    result = Array.from({ length: rank }, (_, i) => {
      const x = a[i - rank + a.length] ?? 1;
      const y = b[i - rank + b.length] ?? 1;
      if (x !== y && x !== 1 && y !== 1) {
        throw misfit(node, `[${a.join(', ')}] and [${b.join(', ')}] cannot be combined`);
      }
      return x === 1 ? y : x;
    });
  }
  return result;
}

/** An attribute that is 0 or 1. */
export function flag(node: Node, name: string, absent: boolean): boolean {
  return intOf(node, name, absent ? 1 : 0) !== 0;
}

export function misfit(node: Node, problem: string) {
  return fail('INVALID_GRAPH', { problem: `${node.op}: ${problem}.` });
}

/** One rule for several operators. */
export function each(ops: string, rule: ShapeRule): Record<string, ShapeRule> {
  return Object.fromEntries(ops.split(' ').map((op) => [op, rule]));
}

/** A computed shape: known, and without negative sizes. */
export function positive(node: Node, dims: readonly number[] | undefined): readonly number[] | null {
  if (dims?.some((dim) => dim < 0)) throw misfit(node, `a shape of [${dims.join(', ')}]`);
  return dims ?? null;
}
