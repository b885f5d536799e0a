import { ops, type Value } from '../../../ir/index.ts';
import { numbered } from '../decomposition/components.ts';
import { matrixOf } from '../linear/matrix.ts';
import { checked } from '../linear/scores.ts';
import type { Converter } from '../converter.ts';
import type { Fitted } from '../fitted.ts';

/** √(2 / n) · cos(x · weights + offset): random features whose products come near to an RBF kernel. */
export const rbfSampler: Converter = {
  types: ['sklearn.kernel_approximation.RBFSampler'],
  became: 'matrix product, cosine',
  exactness: '1e-12',
  state: (fitted) => `${fitted.vector('random_offset_').length} random features`,
  transform: (fitted, input) => numbered(fitted, waves(fitted, checked(input.numbers())), input),
};

/** The same of log(x + skewedness). The library refuses x at or below −skewedness. */
export const skewedChi2Sampler: Converter = {
  types: ['sklearn.kernel_approximation.SkewedChi2Sampler'],
  became: 'logarithm, matrix product, cosine',
  exactness: '1e-12',
  state: (fitted) => `${fitted.vector('random_offset_').length} random features`,

  transform(fitted, input) {
    const skewedness = fitted.number('skewedness', 1);
    const x = ops.within(checked(input.numbers()), { always: [{ refuses: 'upTo', value: -skewedness }] });
    return numbered(fitted, waves(fitted, ops.logarithm(ops.add(x, skewedness))), input);
  },
};

function waves(fitted: Fitted, x: Value): Value {
  const offset = fitted.vector('random_offset_');
  const { shape, data } = matrixOf(fitted, 'random_weights_');
  const count = offset.length;
  if (shape[0] !== x.width || shape[1] !== count)
    throw fitted.wrong('random_weights_', `${x.width} × ${count} numbers`);
  const rows = data.map((_cell, i) => data[(i % x.width) * count + Math.floor(i / x.width)] as number);
  return ops.multiply(ops.cosine(ops.add(ops.linear(x, rows), offset)), Math.sqrt(2 / count));
}
