import { ops, type Value } from '../../../ir/index.ts';
import type { Fitted } from '../fitted.ts';
import { componentsOf } from './components.ts';
import { inverse, logDeterminant, product, productWithTransposed } from './matrices.ts';

/** `score_samples`: log density of centred rows under a Gaussian with this precision `[columns, columns]`. */
export function logLikelihood(centred: Value, precision: Float64Array): Value {
  const width = centred.width;
  const squares = ops.sum(ops.multiply(centred, ops.linear(centred, precision)));
  const constant = 0.5 * (width * Math.log(2 * Math.PI) - logDeterminant(precision, width));
  return ops.subtract(ops.multiply(squares, -0.5), constant);
}

/** Beyond this the likelihood of rows is left out: its matrix has a number for each pair of columns. */
const MOST_COLUMNS = 400;

/** `PCA.get_precision`: the inverse of Wᵀ (λ − σ²) W + σ² I, by the inversion lemma where σ² is not 0. */
export function precisionOfPca(fitted: Fitted, width: number): Float64Array | undefined {
  if (width > MOST_COLUMNS) return undefined;
  const variances = fitted.optionalArray('explained_variance_')?.data;
  const noise = fitted.has('noise_variance_') ? fitted.number('noise_variance_') : NaN;
  let components = componentsOf(fitted, width);
  const count = components.length / width;
  if (variances?.length !== count || !(noise >= 0)) return undefined;
  if (fitted.flag('whiten', false))
    components = components.map((weight, i) => weight * Math.sqrt(variances[Math.floor(i / width)] as number));
  const excess = variances.map((variance) => Math.max(variance - noise, 0));
  if (noise === 0 || count === width) {
    const weighted = components.map((weight, i) => weight * (excess[Math.floor(i / width)] as number));
    const covariance = product(turned(components, width), weighted, count);
    return inverse(
      plusDiagonal(covariance, width, () => noise),
      width,
    );
  }
  const inner = productWithTransposed(components, components, width).map((sum) => sum / noise);
  const inverted = inverse(
    plusDiagonal(inner, count, (i) => 1 / (excess[i] as number)),
    count,
  );
  if (!inverted) return undefined;
  const back = product(product(turned(components, width), inverted, count), components, count);
  return plusDiagonal(
    back.map((sum) => sum / -(noise * noise)),
    width,
    () => 1 / noise,
  );
}

/** `FactorAnalysis.get_precision`: the inverse of Wᵀ W + diag(ψ). */
export function precisionOfFactors(fitted: Fitted, width: number): Float64Array | undefined {
  if (width > MOST_COLUMNS) return undefined;
  const components = componentsOf(fitted, width);
  const noise = fitted.vector('noise_variance_', width);
  const count = components.length / width;
  const scaled = components.map((weight, i) => weight / (noise[i % width] as number));
  if (count === width) {
    const covariance = product(turned(components, width), components, count);
    return inverse(
      plusDiagonal(covariance, width, (i) => noise[i] as number),
      width,
    );
  }
  const inverted = inverse(
    plusDiagonal(productWithTransposed(scaled, components, width), count, () => 1),
    count,
  );
  if (!inverted) return undefined;
  const back = product(product(turned(components, width), inverted, count), components, count);
  return plusDiagonal(
    back.map((sum, i) => sum / (noise[Math.floor(i / width)] as number) / -(noise[i % width] as number)),
    width,
    (i) => 1 / (noise[i] as number),
  );
}

function plusDiagonal(matrix: Float64Array, size: number, more: (i: number) => number): Float64Array {
  for (let i = 0; i < size; i++) matrix[i * size + i] = (matrix[i * size + i] as number) + more(i);
  return matrix;
}

/** `[rows, width]` → `[width, rows]`. */
function turned(matrix: Float64Array, width: number): Float64Array {
  const rows = matrix.length / width;
  return matrix.map((_, i) => matrix[(i % rows) * width + Math.floor(i / rows)] as number);
}
