import { ops } from '../../../ir/index.ts';
import { matrixOf } from '../linear/matrix.ts';
import { checked } from '../linear/scores.ts';
import { pairwiseKernel } from '../kernel-approximation/pairwise-kernel.ts';
import { centred } from '../preprocessing/kernel-centerer.ts';
import type { Converter } from '../converter.ts';
import { asNumber, type Fitted, textOf } from '../fitted.ts';
import { numbered } from './components.ts';

/** Principal components in the space of a kernel: the centred kernel with the training rows, on scaled eigenvectors. */
export const kernelPca: Converter = {
  types: ['sklearn.decomposition._kernel_pca.KernelPCA'],
  became: 'kernel, then matrix product',
  exactness: '1e-12',
  state: (fitted) => `${textOf(fitted.raw('kernel'))} kernel, ${matrixOf(fitted, 'X_fit_').shape[0]} training rows`,

  transform(fitted, input, context) {
    const kernel = pairwiseKernel(fitted, checked(input.numbers()), 'X_fit_', parametersOf(fitted));
    const centre = context.fitted(fitted.object_('_centerer'), '_centerer');
    context.warn(`${fitted.path} keeps the rows of the training data: whoever gets the model gets them.`);
    return numbered(fitted, ops.linear(centred(centre, kernel), scaledVectors(fitted, kernel.width)), input);
  },
};

/** `gamma_` holds what training used from 1.3 on. */
function parametersOf(fitted: Fitted): Parameters<typeof pairwiseKernel>[3] {
  const degree = fitted.number('degree', 3);
  const coef0 = fitted.number('coef0', 1);
  return { gamma: asNumber(fitted.raw('gamma_')) ?? asNumber(fitted.raw('gamma')), degree, coef0 };
}

/** Eigenvectors / √eigenvalue as rows, zeros where the eigenvalue is zero. 0.24 calls them alphas and lambdas. */
function scaledVectors(fitted: Fitted, points: number): Float64Array {
  const values = fitted.array(fitted.has('eigenvalues_') ? 'eigenvalues_' : 'lambdas_').data;
  const { shape, data } = fitted.array(fitted.has('eigenvectors_') ? 'eigenvectors_' : 'alphas_');
  if (shape[0] !== points || shape[1] !== values.length)
    throw fitted.wrong('eigenvectors_', `${points} × ${values.length} numbers`);
  const rows = new Float64Array(data.length);
  values.forEach((value, k) => {
    for (let i = 0; value !== 0 && i < points; i++)
      rows[k * points + i] = (data[i * values.length + k] as number) / Math.sqrt(value);
  });
  return rows;
}
