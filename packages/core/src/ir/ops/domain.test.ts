import { expect, test } from 'vitest';
import { tightest } from '../../signature/limits.ts';
import { demands } from '../demands.ts';
import { input, value, type Demand, type InputParams, type Value } from '../value.ts';
import * as ops from './index.ts';

const x = value(input, { name: 'x', position: 0 }, [], 'float64', 1) as Value<InputParams>;

function askedOf(y: Value): Demand {
  return demands({ inputs: [x], form: 'array', outputs: [{ name: 'y', value: y, flat: true }] })[0] ?? {};
}

function logarithm(of: Value): Value {
  return ops.logarithm(
    ops.within(of, { missing: [{ refuses: 'below', value: 0 }], infinite: [{ refuses: 'exactly', value: 0 }] }),
  );
}

test('a logarithm that may end in NaN takes every number', () => {
  expect(askedOf(logarithm(x)).limits).toBeUndefined();
});

test('a model that takes no NaN takes no negative number before the logarithm', () => {
  expect(askedOf(ops.require(logarithm(x), { present: true })).limits).toEqual([{ refuses: 'below', value: 0 }]);
});

test('nor zero, where it takes no infinity either', () => {
  const asked = askedOf(ops.require(logarithm(x), { present: true, finite: true }));
  expect(asked).toMatchObject({ present: true, finite: true });
  expect(tightest(asked.limits ?? [])).toEqual([{ refuses: 'upTo', value: 0 }]);
});

test('what is refused at once is refused whatever follows', () => {
  const negative = { refuses: 'below', value: 0 } as const;
  expect(askedOf(ops.within(x, { always: [negative] })).limits).toEqual([negative]);
});

test('a fill that the next step takes is no missing value to it; one that it refuses leaves the column required', () => {
  const filled = (fill: number): Demand =>
    askedOf(ops.require(logarithm(ops.impute(x, [fill])), { present: true, finite: true }));
  expect(filled(1).present).toBeFalsy();
  expect(tightest(filled(1).limits ?? [])).toEqual([{ refuses: 'upTo', value: 0 }]);
  expect(filled(-1).present).toBe(true);
});

test('other columns are asked for what leaves no trace in the result', () => {
  const other = value(input, { name: 'z', position: 1 }, [], 'float64', 1) as Value<InputParams>;
  const y = ops.alongside(x, [ops.require(other, { finite: true })]);
  const [, asked] = demands({ inputs: [x, other], form: 'array', outputs: [{ name: 'y', value: y, flat: true }] });
  expect(asked?.finite).toBe(true);
});
