import { expect, test } from 'vitest';
import { parseDtype } from './dtype.ts';
import { NdArray } from './ndarray.ts';
import { PyDict, PyFloat, PyGlobal, PyObject, PyTuple, type Plain } from './plain.ts';
import { repr } from './repr.ts';
import { NpScalar } from './scalar.ts';
import { walk } from './walk.ts';

test('a dict keeps order, overwrites equal keys as Python does, and knows no prototype', () => {
  for (const size of [0, 5, 50]) {
    const dict = new PyDict();
    for (let i = 0; i < size; i++) dict.set(`filler ${i}`, i);
    dict.set('__proto__', 1);
    dict.set('constructor', 2);
    dict.set(1, 'one');
    dict.set(true, 'true');
    dict.set(new PyFloat(1), 'float');
    dict.set(new NpScalar(parseDtype('i8'), 1), 'scalar');
    dict.set('1', 'text');
    dict.set(null, 'none');
    expect(dict.size).toBe(size + 5);
    expect(dict.get('__proto__')).toBe(1);
    expect(dict.get('constructor')).toBe(2);
    expect(dict.get(1)).toBe('scalar');
    expect(dict.get(false)).toBeUndefined();
    expect(dict.get('1')).toBe('text');
    expect(dict.get(null)).toBe('none');
    expect(dict.get('toString')).toBeUndefined();
    expect([...dict.entries()][size]).toEqual(['__proto__', 1]);
  }
});

test('tuples and NaN as keys are kept, but never looked up', () => {
  const dict = new PyDict();
  dict.set(new PyTuple([1]), 'a');
  dict.set(new PyTuple([1]), 'b');
  dict.set(new PyFloat(NaN), 'c');
  dict.set(new PyFloat(NaN), 'd');
  expect(dict.size).toBe(4);
  expect(dict.get(new PyFloat(NaN))).toBeUndefined();
});

test('attributes come from the dict or from the slots', () => {
  const object = new PyObject(new PyGlobal('m', 'C'), [], 'new');
  expect(object.attr('x')).toBeUndefined();
  const [dict, slots] = [new PyDict(), new PyDict()];
  dict.set('x', 1);
  slots.set('y', 2);
  object.state = dict;
  expect(object.attr('x')).toBe(1);
  object.state = new PyTuple([dict, slots]);
  expect([object.attr('x'), object.attr('y'), object.attr('z')]).toEqual([1, 2, undefined]);
  expect([object.path, object.name]).toEqual(['m.C', 'C']);
});

test('a walk sees each thing once, however often it is shared', () => {
  let laughs: Plain[] = ['ha'];
  for (let i = 0; i < 60; i++) laughs = Array.from({ length: 10 }, () => laughs);
  const cycle: Plain[] = [laughs];
  cycle.push(cycle);
  const object = new PyObject(new PyGlobal('m', 'C'), [cycle], 'new');
  object.state = new NdArray([1], parseDtype('O'), false, [cycle]);
  const seen: Plain[] = [];
  walk(object, (value) => {
    seen.push(value);
  });
  expect(seen.filter(Array.isArray).length).toBe(62);
  expect(seen.filter((value) => value === 'ha').length).toBe(1);
  expect(seen[0]).toBe(object);
});

test('a walk stays out of what its visitor leaves out', () => {
  const seen: Plain[] = [];
  walk([[1], 2], (value) => {
    seen.push(value);
    return !(Array.isArray(value) && value[0] === 1);
  });
  expect(seen).toEqual([[[1], 2], [1], 2]);
});

test('repr ends, whatever it is given', () => {
  const cycle: Plain[] = [];
  cycle.push(cycle, cycle);
  expect(repr(cycle).length).toBeLessThan(2000);
  let deep: Plain = null;
  for (let i = 0; i < 100_000; i++) deep = [deep];
  expect(repr(deep)).toBe('[[[[[[…]]]]]]');
  expect(repr(Array.from({ length: 1000 }, () => 'x')).length).toBeLessThan(2000);
  expect(repr('x'.repeat(5000)).length).toBeLessThan(300);
});
