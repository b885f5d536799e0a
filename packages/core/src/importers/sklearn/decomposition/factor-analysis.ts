import { ops } from '../../../ir/index.ts';
import { logLikelihood, precisionOfFactors } from './likelihood.ts';
import { checked } from '../linear/scores.ts';
import type { Converter } from '../converter.ts';
import { centredColumns, componentsOf, numbered } from './components.ts';
import { inverse, productWithTransposed } from './matrices.ts';

/** Expected factors: (x − mean) · (W / ψ)ᵀ · (I + (W / ψ) Wᵀ)⁻¹, with components W and noise ψ. */
export const factorAnalysis: Converter = {
  types: ['sklearn.decomposition._factor_analysis.FactorAnalysis'],
  became: 'two matrix products',
  exactness: '1e-12',
  state: (fitted) => fitted.array('components_').shape.join(' × '),

  transform(fitted, input) {
    const x = checked(input.numbers());
    const components = componentsOf(fitted, x.width);
    const noise = fitted.vector('noise_variance_', x.width);
    const scaled = components.map((weight, i) => weight / (noise[i % x.width] as number));
    const count = components.length / x.width;
    const inner = productWithTransposed(scaled, components, x.width);
    for (let i = 0; i < count; i++) inner[i * count + i] = (inner[i * count + i] as number) + 1;
    const covariance = inverse(inner, count);
    if (!covariance) throw fitted.wrong('components_', 'components that can be inverted');
    const projected = ops.linear(centredColumns(fitted, x), scaled);
    return numbered(fitted, ops.linear(projected, transposed(covariance, count)), input);
  },

  samples(fitted, input) {
    const precision = precisionOfFactors(fitted, input.width);
    return precision && logLikelihood(centredColumns(fitted, checked(input.numbers())), precision);
  },
};

/** `ops.linear` multiplies with rows. */
function transposed(square: Float64Array, size: number): Float64Array {
  return square.map((_cell, i) => square[(i % size) * size + Math.floor(i / size)] as number);
}
