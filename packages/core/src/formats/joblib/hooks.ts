import { fail } from '../../errors/index.ts';
import type { PickleHooks, PickleMachine } from '../pickle/index.ts';
import { makeArray, readShape } from '../pickle/index.ts';
import { hasObjects, NdArray, NpDtype, type Plain, type PyObject } from '../python/index.ts';

const ARRAY = 'joblib.numpy_pickle.NumpyArrayWrapper';
/** Before joblib 0.10 arrays lay in files beside the pickle. */
const SEPARATE_ARRAYS: ReadonlySet<string> = new Set([
  'joblib.numpy_pickle.NDArrayWrapper',
  'joblib.numpy_pickle_compat.NDArrayWrapper',
  'joblib.numpy_pickle.ZNDArrayWrapper',
  'joblib.numpy_pickle_compat.ZNDArrayWrapper',
]);

/**
 * joblib's way of pickling arrays: a small object tells dtype and shape, and the raw bytes follow it inside the stream.
 *
 * Without such objects a stream is read as a plain pickle, so these hooks fit both.
 * @see https://github.com/joblib/joblib/blob/1.5.2/joblib/numpy_pickle.py (NumpyArrayWrapper)
 */
export const joblibHooks: PickleHooks = {
  built(object, machine) {
    const { path } = object;
    if (path === ARRAY) return arrayInStream(object, machine);
    if (SEPARATE_ARRAYS.has(path)) throw separateArrays(object.attr('filename'));
    return object;
  },
};

function arrayInStream(wrapper: PyObject, machine: PickleMachine): Plain {
  const { cursor } = machine;
  const dtype = wrapper.attr('dtype');
  if (!(dtype instanceof NpDtype)) throw cursor.corrupt('an array of joblib has no dtype');
  const shape = readShape(wrapper.attr('shape'));
  if (hasObjects(dtype.dtype)) {
    // Objects are a whole pickle of their own, which ends with its own STOP.
    const value = machine.run();
    if (!(value instanceof NdArray)) throw cursor.corrupt('an object array of joblib holds something else');
    return value;
  }
  // Since joblib 1.2 the bytes are aligned for memory maps: one byte tells how much padding follows it.
  const alignment = wrapper.attr('numpy_array_alignment_bytes');
  if (alignment !== undefined && alignment !== null) cursor.take(cursor.uint8());
  let length = dtype.dtype.itemSize;
  for (const dim of shape) length *= dim;
  return makeArray(shape, dtype.dtype, wrapper.attr('order') === 'F', cursor.take(length));
}

function separateArrays(name: Plain | undefined) {
  const sibling = typeof name === 'string' ? name.slice(0, 100) : 'model.pkl_01.npy';
  return fail('UNSUPPORTED_FORMAT', {
    what: 'A joblib file of several parts',
    why: `joblib before 0.10 wrote the arrays to files beside it (${sibling}, …).`,
    advice:
      'In the Python environment that made it, load the model from its folder and save it again as one file with a current joblib: joblib.dump(joblib.load("old.pkl"), "model.joblib").',
  });
}
