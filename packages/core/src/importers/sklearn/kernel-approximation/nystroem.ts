import { ops } from '../../../ir/index.ts';
import { numbered } from '../decomposition/components.ts';
import { matrixOf } from '../linear/matrix.ts';
import { checked } from '../linear/scores.ts';
import type { Converter } from '../converter.ts';
import { asNumber, textOf } from '../fitted.ts';
import { pairwiseKernel } from './pairwise-kernel.ts';

/** A kernel with some rows of the training data, made into features by a matrix. */
export const nystroem: Converter = {
  types: ['sklearn.kernel_approximation.Nystroem'],
  became: 'kernel, then matrix product',
  exactness: '1e-12',
  state: (fitted) =>
    `${textOf(fitted.raw('kernel'))} kernel, ${matrixOf(fitted, 'components_').shape[0]} training rows`,

  transform(fitted, input, context) {
    const given = (name: string): number | undefined => asNumber(fitted.raw(name));
    const kernel = pairwiseKernel(fitted, checked(input.numbers()), 'components_', {
      gamma: given('gamma'),
      degree: given('degree'),
      coef0: given('coef0'),
    });
    const { shape, data } = fitted.array('normalization_');
    if (shape[1] !== kernel.width) throw fitted.wrong('normalization_', `rows of ${kernel.width} numbers`);
    context.warn(`${fitted.path} keeps rows of the training data: whoever gets the model gets them.`);
    return numbered(fitted, ops.linear(kernel, data), input);
  },
};
