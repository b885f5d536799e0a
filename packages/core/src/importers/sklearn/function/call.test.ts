import { describe, expect, test } from 'vitest';
import { PyDict, PyFloat, PyGlobal, PyObject, PyTuple, type Plain } from '../../../formats/python/index.ts';
import { evaluator, type InputParams, type Value } from '../../../ir/index.ts';
import { input, value } from '../../../ir/value.ts';
import { Fitted } from '../fitted.ts';
import { callFunction } from './call.ts';

const owner = new Fitted(new PyObject(new PyGlobal('sklearn.preprocessing', 'FunctionTransformer'), [], 'new'), 'log');

function dict(keywords: Readonly<Record<string, Plain>>): PyDict {
  const result = new PyDict();
  for (const [key, item] of Object.entries(keywords)) result.set(key, item);
  return result;
}

function numpy(name: string): PyGlobal {
  return new PyGlobal('numpy', name);
}

/** `functools.partial(func, *args, **keywords)` as pickled. */
function partial(func: Plain, args: readonly Plain[], keywords: Readonly<Record<string, Plain>> = {}): PyObject {
  const object = new PyObject(new PyGlobal('functools', 'partial'), [func], 'call');
  object.state = new PyTuple([func, new PyTuple([...args]), dict(keywords), null]);
  return object;
}

function answer(func: Plain, row: readonly number[], keywords: Readonly<Record<string, Plain>> = {}): number[] {
  const columns = row.map((_, at) => value(input, { name: `x${at}`, position: at }, [], 'float64', 1));
  const inputs = columns as Value<InputParams>[];
  const y = callFunction(owner, func, dict(keywords), inputs[0] as Value);
  const evaluate = evaluator({ inputs, form: 'array', outputs: [{ name: 'y', value: y, flat: false }] });
  return [...(evaluate([...row]).get('y') as Float64Array)];
}

describe('functions by their name', () => {
  test.for<{ name: string; func: Plain; keywords?: Record<string, Plain>; x: number; y: number }>([
    { name: 'log1p', func: numpy('log1p'), x: 1, y: Math.log1p(1) },
    { name: 'nothing at all', func: null, x: 1, y: 1 },
    { name: 'clip with keywords', func: numpy('clip'), keywords: { a_min: 0, a_max: 1 }, x: 7, y: 1 },
    { name: 'clip on one side', func: numpy('clip'), keywords: { a_min: 0, a_max: null }, x: 7, y: 7 },
    { name: 'keywords bound before', func: partial(numpy('clip'), [], { a_min: 2, a_max: 3 }), x: 7, y: 3 },
    {
      name: 'a later keyword in place of a bound one',
      func: partial(numpy('clip'), [], { a_min: 2, a_max: 3 }),
      keywords: { a_max: 4 },
      x: 7,
      y: 4,
    },
    { name: 'an argument bound before the column', func: partial(numpy('multiply'), [new PyFloat(2.5)]), x: 2, y: 5 },
    { name: 'the power of a bound base', func: partial(numpy('power'), [2]), x: 10, y: 1024 },
  ])('$name', ({ func, keywords = {}, x, y }) => {
    expect(answer(func, [x], keywords)).toEqual([y]);
  });
});

describe('others are named and never called', () => {
  const lambda = new PyObject(new PyGlobal('cloudpickle.cloudpickle', '_make_function'), ['<lambda>'], 'call');

  test.for<{ name: string; func: Plain; says: string }>([
    { name: 'a function of one’s own', func: new PyGlobal('shop.features', 'ratio'), says: 'shop.features.ratio' },
    {
      name: 'one that pretends to be NumPy’s',
      func: new PyGlobal('numpyfake', 'log1p'),
      says: 'numpyfake.log1p',
    },
    { name: 'a lambda', func: lambda, says: 'a lambda' },
    {
      name: 'a partial of one’s own',
      func: partial(new PyGlobal('shop.features', 'ratio'), [1]),
      says: 'shop.features.ratio',
    },
  ])('$name', ({ func, says }) => {
    const call = (): unknown => answer(func, [1]);
    expect(call).toThrow(expect.objectContaining({ code: 'CUSTOM_CODE' }));
    expect(call).toThrow(says);
  });

  test.for<{ name: string; func: Plain; keywords?: Record<string, Plain>; says: string }>([
    { name: 'without a formula', func: numpy('fft'), says: 'numpy.fft' },
    { name: 'one that would run code', func: new PyGlobal('builtins', 'eval'), says: 'builtins.eval' },
    { name: 'a keyword that no formula knows', func: numpy('log1p'), keywords: { axis: 1 }, says: 'axis' },
    { name: 'too many arguments', func: partial(numpy('log1p'), [1]), says: 'arguments before the columns' },
  ])('$name', ({ func, keywords = {}, says }) => {
    const call = (): unknown => answer(func, [1], keywords);
    expect(call).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_MODEL' }));
    expect(call).toThrow(says);
  });
});
