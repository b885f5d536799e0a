import { expect, test } from 'vitest';
import { checkAlias, checkModelName, nameFor, parseReference } from './reference.ts';

test.for([
  ['churn', { model: 'churn', kind: 'newest' }],
  ['churn:3', { model: 'churn', kind: 'version', version: 3 }],
  ['churn@champion', { model: 'churn', kind: 'alias', alias: 'champion' }],
  [`churn@sha256:${'a'.repeat(64)}`, { model: 'churn', kind: 'digest', prefix: 'a'.repeat(64) }],
  ['a.b-c_1@sha256:beef', { model: 'a.b-c_1', kind: 'digest', prefix: 'beef' }],
  ['churn:0', undefined],
  ['churn:latest', undefined],
  ['churn@', undefined],
  ['churn@sha256:XYZ', undefined],
  ['churn@sha256:abc', undefined],
  ['models/churn', undefined],
  ['../churn', undefined],
  ['https://x/y', undefined],
  ['', undefined],
  ['-x', undefined],
  ['x'.repeat(200), undefined],
] as const)('reference %s', ([text, expected]) => {
  expect(parseReference(text)).toEqual(expected);
});

test.for<[string, string]>([
  ['model.joblib', 'model'],
  ['Churn model (v2).joblib.gz', 'Churn-model-v2'],
  ['/some/where/iris.pkl', 'iris'],
  ['folder/mlruns/model/', 'model'],
  ['.pkl', 'pkl'],
  ['modèle.onnx', 'mode-le'],
  ['顧客.pkl', 'model'],
  ['v1.2.pkl', 'v1.2'],
  ['search.joblib', 'search'],
])('name for %s', ([file, name]) => {
  expect(nameFor(file)).toBe(name);
  expect(checkModelName(nameFor(file))).toBe(name);
});

test.for(['', '../x', 'a b', 'x:1', 'x@y', '-x'])('%j is no model name', (text) => {
  expect(() => checkModelName(text)).toThrow(expect.objectContaining({ code: 'USAGE' }));
});

test.for(['', '3', 'latest', 'a b', 'sha256:ab'])('%j is no alias', (text) => {
  expect(() => checkAlias(text)).toThrow(expect.objectContaining({ code: 'USAGE' }));
});
