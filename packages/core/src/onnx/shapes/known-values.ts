import { sizeOf } from '../../tensor/index.ts';
import { tensorOf } from '../attributes.ts';
import type { Node } from '../model.ts';
import { sliceRanges } from './indexing.ts';
import { maxKnownElements, type Shaped } from './shaped.ts';

/**
 * The elements of a node's first output where those of its inputs are known: the integer arithmetic with which
 * exporters compute shapes (Shape → Gather → Mul → Concat → Reshape). undefined for everything else.
 */
export function knownValue(
  node: Node,
  inputs: readonly (Shaped | undefined)[],
  output: Shaped,
): readonly number[] | undefined {
  if (output.value) return output.value;
  if (output.shape === null || sizeOf(output.shape) > maxKnownElements) return undefined;
  const [x, y, z] = inputs;
  switch (node.op) {
    case 'ConstantOfShape': {
      const fill = tensorOf(node, 'value');
      const value = fill ? Number(fill.data[0]) : 0;
      return Array.from({ length: sizeOf(output.shape) }, () => value);
    }
    case 'Range': {
      const [start, step] = [x?.value?.[0], z?.value?.[0]];
      if (start === undefined || step === undefined) return undefined;
      return Array.from({ length: sizeOf(output.shape) }, (_, i) => start + i * step);
    }
    case 'Cast':
      return x?.value?.map((item) => (isInteger(output) ? Math.trunc(item) : item));
    case 'Identity':
    case 'Reshape':
    case 'Squeeze':
    case 'Unsqueeze':
    case 'Flatten':
      return x?.value;
    case 'Concat':
      return inputs.every((input) => input?.value && input.shape?.length === 1)
        ? inputs.flatMap((input) => [...(input?.value ?? [])])
        : undefined;
    case 'Gather':
      return x?.shape?.length === 1 ? gather(x.value, y?.value) : undefined;
    case 'Slice': {
      const ranges = x?.shape?.length === 1 ? sliceRanges(node, x.shape, inputs) : null;
      const range = ranges?.[0];
      if (!range || !x?.value) return undefined;
      const { value } = x;
      return Array.from({ length: range.count }, (_, i) => value[range.start + i * range.step] as number);
    }
    case 'ReduceProd':
      return output.shape.length === 0 || sizeOf(output.shape) === 1
        ? x?.value && [x.value.reduce((a, b) => a * b, 1)]
        : undefined;
    case 'Where':
      return elementwise([x, y, z], output.shape, (c, a, b) => (c ? a : b) as number);
    case 'Add':
      return elementwise([x, y], output.shape, (a, b) => a + (b as number));
    case 'Sub':
      return elementwise([x, y], output.shape, (a, b) => a - (b as number));
    case 'Mul':
      return elementwise([x, y], output.shape, (a, b) => a * (b as number));
    case 'Div':
      return elementwise([x, y], output.shape, (a, b) =>
        isInteger(output) ? Math.trunc(a / (b as number)) : a / (b as number),
      );
    case 'Equal':
      return elementwise([x, y], output.shape, (a, b) => (a === b ? 1 : 0));
    case 'Min':
      return elementwise([x, y], output.shape, (a, b) => Math.min(a, b as number));
    case 'Max':
      return elementwise([x, y], output.shape, (a, b) => Math.max(a, b as number));
    default:
      return undefined;
  }
}

function isInteger({ dtype }: Shaped): boolean {
  return dtype !== null && dtype.includes('int');
}

function gather(values: readonly number[] | undefined, indices: readonly number[] | undefined): number[] | undefined {
  const picked = indices?.map((index) => values?.[index < 0 ? index + values.length : index]);
  return picked?.every((item) => item !== undefined) ? picked : undefined;
}

/** Scalars and vectors only: shapes have no other rank. */
function elementwise(
  inputs: readonly (Shaped | undefined)[],
  shape: readonly number[],
  compute: (a: number, b: number | undefined, c: number | undefined) => number,
): number[] | undefined {
  if (shape.length > 1 || inputs.some((input) => !input?.value)) return undefined;
  const pick = (input: Shaped | undefined, i: number) =>
    input?.value?.length === 1 ? input.value[0] : input?.value?.[i];
  return Array.from({ length: sizeOf(shape) }, (_, i) =>
    compute(pick(inputs[0], i) as number, pick(inputs[1], i), pick(inputs[2], i)),
  );
}
