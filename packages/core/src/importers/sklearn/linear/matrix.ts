import { readSparse, toDense } from '../../../formats/python/index.ts';
import type { Fitted, Numbers } from '../fitted.ts';

/** A matrix or vector of numbers, row-major: a NumPy array, or a SciPy sparse matrix with its zeros. */
export function matrixOf(fitted: Fitted, name: string): Numbers {
  const found = fitted.raw(name);
  const sparse = found === undefined ? undefined : readSparse(found);
  return sparse ? { shape: [sparse.rows, sparse.columns], data: toDense(sparse) } : fitted.array(name);
}
