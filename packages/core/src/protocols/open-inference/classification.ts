import { fail } from '../../errors/index.ts';
import { received } from '../../signature/index.ts';
import { sizeOf, tensor, type Tensor } from '../../tensor/index.ts';
import { fromBfloat16, fromFloat16 } from '../inference/halves.ts';
import type { Servable } from '../protocol.ts';

/** Reads `classification` of a requested output; undefined: the values themselves. */
export function readClassCount(value: unknown, path: string): number | undefined {
  if (value === undefined) return undefined;
  const count = typeof value === 'bigint' ? Number(value) : value;
  if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 0) return count === 0 ? undefined : count;
  throw fail('INVALID_REQUEST', { problem: `${path}: expected a number of classes, received ${received(value)}.` });
}

/**
 * The classification extension: of each row the largest values, the largest first, as `value:index` or `value:index:label`.
 * @see https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_classification.md
 */
export function classified(one: Tensor, count: number, name: string, { signature }: Servable): Tensor {
  if (one.dtype === 'string' || one.dtype === 'bool') {
    const what = one.dtype === 'string' ? 'text' : 'yes or no';
    throw fail('INVALID_INPUT', { problem: `the output '${name}' is ${what}; classes are taken from numbers` });
  }
  const [rows = 1, ...dims] = one.shape;
  const width = sizeOf(dims);
  const most = Math.min(count, width);
  const labels = signature.classes?.length === width ? signature.classes : undefined;
  const number = numberReader(one);
  const texts: string[] = [];
  for (let row = 0; row < rows; row++) {
    const values = Array.from({ length: width }, (_, i) => number(row * width + i));
    const order = values
      .map((_, i) => i)
      .toSorted((a, b) => compare(values[a] as number, values[b] as number) || a - b);
    for (const i of order.slice(0, most)) {
      const label = labels === undefined ? '' : `:${String(labels[i])}`;
      texts.push(`${valueText(one, values[i] as number)}:${i}${label}`);
    }
  }
  return tensor('string', [rows, most], texts);
}

/** The larger first, what is no number last. */
function compare(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a === b ? 0 : b - a;
}

function numberReader({ dtype, data }: Tensor): (i: number) => number {
  if (dtype === 'float16') return (i) => fromFloat16(data[i] as number);
  if (dtype === 'bfloat16') return (i) => fromBfloat16(data[i] as number);
  return (i) => Number(data[i]);
}

/** As C++ writes numbers: six digits behind the point, none for integers. */
function valueText({ dtype }: Tensor, value: number): string {
  if (!dtype.includes('float')) return String(value);
  if (Number.isFinite(value)) return value.toFixed(6);
  return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
}
