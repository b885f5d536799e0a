import { fail } from '../../errors/index.ts';
import type { Inflate } from '../compression/index.ts';
import { latin1 } from '../text.ts';

/** `ZF`, then the length of the data in hexadecimal, padded with spaces to 19 characters. */
const HEADER = 21;

/**
 * Inflates a file of joblib before 0.10: `ZF0x…` and a zlib stream. Its pickle is whole only when the model has no arrays;
 * otherwise the pickle refers to files beside it, which the joblib hooks refuse.
 * @see https://github.com/joblib/joblib/blob/1.5.2/joblib/numpy_pickle_compat.py (read_zfile)
 */
export function unpackOldJoblib(bytes: Uint8Array, maxOutput: number, inflate: Inflate): Uint8Array {
  const length = Number(latin1(bytes, 2, Math.min(HEADER, bytes.length)).trim());
  // Python 2 with joblib up to 0.8.4 wrote one more space.
  const start = bytes[HEADER] === 0x20 ? HEADER + 1 : HEADER;
  const data = inflate.zlib(bytes.subarray(start), maxOutput);
  if (data.length !== length) {
    throw fail('CORRUPT_FILE', {
      format: 'joblib',
      problem: `the header says ${length} bytes, and there are ${data.length}`,
    });
  }
  return data;
}
