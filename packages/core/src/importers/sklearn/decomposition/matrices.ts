/** A · Bᵀ of two matrices with rows of `width`: `[rows of A, rows of B]`. */
export function productWithTransposed(a: Float64Array, b: Float64Array, width: number): Float64Array {
  const [rows, columns] = [a.length / width, b.length / width];
  const all = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += (a[i * width + k] as number) * (b[j * width + k] as number);
      all[i * columns + j] = sum;
    }
  }
  return all;
}

/** A · B of `[n, inner]` and `[inner, columns]`. */
export function product(a: Float64Array, b: Float64Array, inner: number): Float64Array {
  const [rows, columns] = [a.length / inner, b.length / inner];
  const result = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < inner; k++) {
      const factor = a[i * inner + k] as number;
      for (let j = 0; j < columns; j++)
        result[i * columns + j] = (result[i * columns + j] as number) + factor * (b[k * columns + j] as number);
    }
  }
  return result;
}

/** Inverse of a square matrix by Gauss-Jordan elimination with the largest pivot; undefined when it has none. */
export function inverse(matrix: Float64Array, size: number): Float64Array | undefined {
  const width = 2 * size;
  const work = new Float64Array(size * width);
  for (let i = 0; i < size; i++) {
    work.set(matrix.subarray(i * size, (i + 1) * size), i * width);
    work[i * width + size + i] = 1;
  }
  const at = (row: number, column: number): number => work[row * width + column] as number;
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++)
      if (Math.abs(at(row, column)) > Math.abs(at(pivot, column))) pivot = row;
    const divisor = at(pivot, column);
    if (divisor === 0 || !Number.isFinite(divisor)) return undefined;
    for (let k = 0; k < width; k++) {
      const kept = at(column, k);
      work[column * width + k] = at(pivot, k) / divisor;
      if (pivot !== column) work[pivot * width + k] = kept;
    }
    for (let row = 0; row < size; row++) {
      const factor = at(row, column);
      if (row === column || factor === 0) continue;
      for (let k = column; k < width; k++) work[row * width + k] = at(row, k) - factor * at(column, k);
    }
  }
  const result = new Float64Array(size * size);
  for (let i = 0; i < size; i++) result.set(work.subarray(i * width + size, (i + 1) * width), i * size);
  return result;
}

/** log of the determinant of a square matrix, by elimination with the largest pivot; −∞ where it is not positive. */
export function logDeterminant(matrix: Float64Array, size: number): number {
  const work = matrix.slice();
  const at = (row: number, column: number): number => work[row * size + column] as number;
  let sum = 0;
  let sign = 1;
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++)
      if (Math.abs(at(row, column)) > Math.abs(at(pivot, column))) pivot = row;
    const divisor = at(pivot, column);
    sum += Math.log(Math.abs(divisor));
    if (divisor < 0) sign = -sign;
    if (pivot !== column) {
      sign = -sign;
      for (let k = 0; k < size; k++) {
        const kept = at(column, k);
        work[column * size + k] = at(pivot, k);
        work[pivot * size + k] = kept;
      }
    }
    for (let row = column + 1; row < size; row++) {
      const factor = at(row, column) / divisor;
      for (let k = column; k < size; k++) work[row * size + k] = at(row, k) - factor * at(column, k);
    }
  }
  return sign > 0 ? sum : -Infinity;
}
