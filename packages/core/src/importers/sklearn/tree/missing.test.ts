import { expect, test } from 'vitest';
import { PyDict, PyGlobal, PyObject, type Plain } from '../../../formats/python/index.ts';
import { Fitted } from '../fitted.ts';
import { forestTakesMissing, treeTakesMissing } from './missing.ts';

function tree(version: string, state: Readonly<Record<string, Plain>>, name = 'DecisionTreeClassifier'): Fitted {
  const object = new PyObject(new PyGlobal('sklearn.tree._classes', name), [], 'new');
  const dict = new PyDict();
  const all = { splitter: 'best', criterion: 'gini', monotonic_cst: null, _sklearn_version: version, ...state };
  for (const [key, value] of Object.entries(all)) dict.set(key, value);
  object.state = dict;
  return new Fitted(object, name);
}

const extra = 'ExtraTreeClassifier';

test.for([
  { version: '1.2.2', takes: false },
  { version: '1.3.0', takes: true },
  { version: '1.5.2', state: { splitter: 'random' }, takes: false },
  { version: '1.6.1', state: { splitter: 'random' }, takes: true },
  { version: '1.5.2', state: { criterion: 'absolute_error' }, takes: false },
  { version: '1.8.0', state: { criterion: 'absolute_error' }, takes: false },
  { version: '1.9.1', state: { criterion: 'absolute_error' }, takes: true },
  { version: '1.5.2', state: { monotonic_cst: [1, 0] }, takes: false },
  { version: '1.9.1', state: { monotonic_cst: [1, 0] }, takes: true },
  { version: '1.5.2', name: extra, state: { splitter: 'random' }, takes: false },
  { version: '1.5.2', name: extra, state: { splitter: 'best' }, takes: true },
  { version: '1.6.1', name: extra, state: { splitter: 'random' }, takes: true },
  { version: '1.6.1', name: extra, state: { splitter: 'best' }, takes: false },
  { version: '1.9.1', name: extra, state: { splitter: 'best' }, takes: false },
])('$version $name $state: $takes', ({ version, name, state, takes }) => {
  expect(treeTakesMissing(tree(version, state ?? {}, name))).toBe(takes);
});

test('forests follow from 1.4 on', () => {
  expect(forestTakesMissing(tree('1.3.2', {}))).toBe(false);
  expect(forestTakesMissing(tree('1.4.0', {}))).toBe(true);
});
