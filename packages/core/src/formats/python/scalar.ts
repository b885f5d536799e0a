import type { Dtype } from './dtype.ts';
import type { Plain } from './plain.ts';

/** A NumPy scalar such as `np.float64(0.5)`; `value` is never a scalar again. Complex and structured ones hold their bytes. */
export class NpScalar {
  readonly dtype: Dtype;
  readonly value: Plain;
  constructor(dtype: Dtype, value: Plain) {
    this.dtype = dtype;
    this.value = value;
  }
}

/** A dtype that is a value itself, such as an imputer's `_fit_dtype`. */
export class NpDtype {
  dtype: Dtype;
  constructor(dtype: Dtype) {
    this.dtype = dtype;
  }
}
