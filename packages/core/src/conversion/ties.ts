import type { Tolerance } from '../package/index.ts';
import type { Signature } from '../signature/index.ts';
import type { Tensors } from './cells.ts';

/**
 * True where a label hangs on less than rounding: two classes are equally likely, or a score is zero. There two correct
 * executors may differ, so such a row proves nothing and is no golden.
 */
export function isTie(signature: Signature, outputs: Tensors, row: number, tolerance: Tolerance): boolean {
  // Closer than this, rounding decides which class wins.
  const gap = Math.max(1e-9, 10 * tolerance.relative);
  const { task, outputs: roles } = signature;
  const rowOf = (name: string | undefined): number[] | undefined => {
    const tensor = name === undefined ? undefined : outputs[name];
    if (!tensor || tensor.dtype === 'string') return undefined;
    const width = tensor.shape[0] ? tensor.data.length / tensor.shape[0] : 0;
    return Array.from(tensor.data.slice(row * width, (row + 1) * width), Number);
  };
  const chances = rowOf(roles.probabilities);
  if (chances && task === 'classification') return areNear(largestTwo(chances), gap);
  if (chances && task === 'multilabel') return chances.some((chance) => Math.abs(chance - 0.5) <= gap);
  const scores = rowOf(roles.scores ?? roles.methods?.['decision_function']);
  if (scores)
    return scores.length === 1 || task === 'multilabel'
      ? scores.some((score) => Math.abs(score) <= gap)
      : areNear(largestTwo(scores), gap);
  const distances = rowOf(roles.distances);
  if (distances) return areNear(largestTwo(distances.map((distance) => -distance)), gap);
  return false;
}

function largestTwo(values: readonly number[]): readonly [number, number] {
  const [first = 0, second = -Infinity] = values.toSorted((a, b) => b - a);
  return [first, second];
}

function areNear([first, second]: readonly [number, number], gap: number): boolean {
  return first - second <= gap * Math.max(1, Math.abs(first));
}
