import { expect, test } from 'vitest';
import { nodeInflate } from '../../../../slipway/src/stores/inflate.ts';
import { PyDict, PyGlobal, PyObject } from '../../formats/python/index.ts';
import { convertObject } from './index.ts';

function scaler(columns: number): PyObject {
  const object = new PyObject(new PyGlobal('sklearn.preprocessing._data', 'StandardScaler'), [], 'new');
  const state = new PyDict();
  state.set('n_features_in_', columns);
  object.state = state;
  return object;
}

test.for([
  [2 ** 40, 'LIMIT_EXCEEDED'],
  [0, 'NOT_A_MODEL'],
  [-1, 'NOT_A_MODEL'],
  [2, 'CORRUPT_FILE'],
] as const)('a file that says it takes %d columns: %s', ([columns, code]) => {
  const file = {
    value: scaler(columns),
    globals: new Map(),
    protocol: 4,
    trailing: false,
    container: 'pickle',
    warnings: [],
  };
  const source = { name: 'model.pkl', bytes: undefined };
  expect(() => convertObject(file, source, { inflate: nodeInflate })).toThrow(expect.objectContaining({ code }));
});
