import { fail } from '../errors/index.ts';
import type { Tensor } from '../tensor/index.ts';

/** The range of integers; they are refused beyond 2^53, where the numbers of generated code are not exact. */
export function rangeOf({ dtype, data }: Tensor): [number, number] | undefined {
  if (!dtype.includes('int') || !ArrayBuffer.isView(data)) return undefined;
  let [low, high] = [Infinity, -Infinity];
  for (const element of data) {
    const number = Number(element);
    if (number < low) low = number;
    if (number > high) high = number;
  }
  if (data.length > 0 && !(low >= Number.MIN_SAFE_INTEGER && high <= Number.MAX_SAFE_INTEGER)) {
    throw fail('UNSUPPORTED_OPERATOR', {
      executor: 'The compiled runtime',
      operator: 'constants beyond 2^53',
      advice: 'Run the model with ONNX Runtime.',
    });
  }
  return [low, high];
}
