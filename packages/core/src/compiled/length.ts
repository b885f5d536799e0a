import { fail } from '../errors/index.ts';

/**
 * Lengths that differ from call to call (the words of a text), as sizes in shapes: powers of two so large that no real
 * size reaches them. Generated code has a variable for each. A shape that is computed with one is noticed because
 * everything is written twice, with other powers: what depends on them differs.
 */
const smallest = 2 ** 40;

/** The size that stands for length number `index`. `variant` is 0 or 1. */
export function lengthSize(index: number, variant: number): number {
  return smallest * 4 ** index * 2 ** variant;
}

export function isLength(size: number): boolean {
  return size >= smallest;
}

/** A size in generated code: a number, or the variable of a length. */
export function printSize(size: number): string {
  if (!isLength(size)) return String(size);
  const power = Math.log2(size / smallest);
  if (!Number.isInteger(power)) throw beyond();
  return lengthName(Math.floor(power / 2));
}

export function lengthName(index: number): string {
  return `n${index}`;
}

/** The error for what can be done with fixed sizes only. */
export function beyond() {
  return fail('UNSUPPORTED_OPERATOR', {
    executor: 'The compiled runtime',
    operator: 'work with sizes that differ from call to call',
    advice: 'Run the model with ONNX Runtime.',
  });
}
