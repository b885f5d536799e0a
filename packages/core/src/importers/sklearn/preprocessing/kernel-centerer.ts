import { ops, type Value } from '../../../ir/index.ts';
import { Features } from '../../model/features.ts';
import { checked } from '../linear/scores.ts';
import type { Converter } from '../converter.ts';
import type { Fitted } from '../fitted.ts';

/** A kernel matrix as if its points had been centred: k − column means − row mean + mean of all. */
export const kernelCenterer: Converter = {
  types: ['sklearn.preprocessing._data.KernelCenterer'],
  became: 'subtract means of the kernel',
  exactness: '1e-12',

  transform(fitted, input) {
    return new Features([centred(fitted, checked(input.numbers()))]);
  },
};

/** Rows of a kernel matrix, centred by a fitted KernelCenterer. */
export function centred(fitted: Fitted, kernel: Value): Value {
  const columns = fitted.vector('K_fit_rows_', kernel.width);
  const rowMean = ops.divide(ops.sum(kernel), columns.length);
  const less = ops.subtract(ops.subtract(kernel, columns), rowMean);
  return ops.add(less, fitted.number('K_fit_all_'));
}
