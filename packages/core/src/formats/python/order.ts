/** Reorders elements from column-major (Fortran) to row-major order of the same shape. A copy of the same type. */
export function columnMajorToRowMajor<T extends Float64Array | Int32Array | Uint8Array | unknown[]>(
  values: T,
  shape: readonly number[],
): T {
  const out = values.slice() as T;
  permute(values, out, shape, columnMajorStrides(shape));
  return out;
}

/** Strides in elements of a column-major array. */
function columnMajorStrides(shape: readonly number[]): number[] {
  let stride = 1;
  return shape.map((dim) => {
    const own = stride;
    stride *= dim;
    return own;
  });
}

/** Strides in elements of a row-major array. */
export function rowMajorStrides(shape: readonly number[]): number[] {
  let stride = 1;
  return shape
    .toReversed()
    .map((dim) => {
      const own = stride;
      stride *= dim;
      return own;
    })
    .toReversed();
}

/** Fills `out` in row-major order of `shape` with the elements of `values` that `strides` lead to. */
function permute<T extends { [index: number]: unknown; readonly length: number }>(
  values: T,
  out: T,
  shape: readonly number[],
  strides: readonly number[],
): void {
  visitStrided(shape, strides, 1, (from, to) => {
    out[to] = values[from];
  });
}

/** Visits a strided array in row-major order; offsets count in `unit`s. The inner dimension is one plain loop. */
export function visitStrided(
  shape: readonly number[],
  strides: readonly number[],
  unit: number,
  visit: (from: number, to: number) => void,
): void {
  const last = shape.length - 1;
  if (last < 0 || shape.includes(0)) return;
  const index = shape.map(() => 0);
  const inner = shape[last] as number;
  const innerStride = (strides[last] as number) * unit;
  let to = 0;
  for (let base = 0; ;) {
    for (let i = 0, from = base; i < inner; i++, from += innerStride, to += unit) visit(from, to);
    let d = last - 1;
    for (; d >= 0; d--) {
      base += (strides[d] as number) * unit;
      index[d] = (index[d] as number) + 1;
      if ((index[d] as number) < (shape[d] as number)) break;
      base -= (strides[d] as number) * unit * (shape[d] as number);
      index[d] = 0;
    }
    if (d < 0) return;
  }
}
