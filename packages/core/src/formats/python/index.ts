export {
  describeDtype,
  hasObjects,
  parseDtype,
  structuredDtype,
  subArrayDtype,
  type Dtype,
  type DtypeField,
} from './dtype.ts';
export { NdArray } from './ndarray.ts';
export { PyBytes, PyDict, PyFloat, PyGlobal, PyObject, PySet, PyTuple, type Plain } from './plain.ts';
export { NpDtype, NpScalar } from './scalar.ts';
export { childrenOf, walk } from './walk.ts';
export { readSparse, sparseFromNpz, toDense, type SparseMatrix } from './sparse.ts';
export { repr, type ReprLimits } from './repr.ts';
