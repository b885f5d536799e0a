import { ops, type Value } from '../../../ir/index.ts';
import { Features } from '../../model/features.ts';
import type { Fitted } from '../fitted.ts';
import { matrixOf } from '../linear/matrix.ts';

/** `components_` as `[outputs, columns]` row-major. */
export function componentsOf(fitted: Fitted, width: number, name = 'components_'): Float64Array {
  const { shape, data } = matrixOf(fitted, name);
  if (shape.length !== 2 || shape[1] !== width || !data.length) throw fitted.wrong(name, `rows of ${width} numbers`);
  return data;
}

/** Columns named after the class: `pca0`, `pca1`, … */
export function numbered(fitted: Fitted, value: Value, input: Features): Features {
  const prefix = fitted.name.toLowerCase();
  return new Features([value], input.names && Array.from({ length: value.width }, (_, i) => `${prefix}${i}`));
}

/** The product of a vector and each row of a matrix. */
export function timesRows(vector: Float64Array, matrix: Float64Array): Float64Array {
  const width = vector.length;
  return Float64Array.from({ length: matrix.length / width }, (_, row) => {
    let sum = 0;
    for (let i = 0; i < width; i++) sum += (vector[i] as number) * (matrix[row * width + i] as number);
    return sum;
  });
}

/** x minus the mean of training, where it has one. */
export function centredColumns(fitted: Fitted, x: Value): Value {
  return fitted.has('mean_') ? ops.subtract(x, fitted.vector('mean_', x.width)) : x;
}
