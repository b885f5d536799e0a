import { expect, test } from 'vitest';
import { SlipwayError, type Problem } from '../errors/index.ts';
import { MISSING as IR_MISSING } from '../ir/index.ts';
import { compileRows, MISSING, type Column, type Signature } from './index.ts';

const column = (name: string, type: Column['type'], more: Partial<Column> = {}): Column => ({
  name,
  type,
  nullable: false,
  required: true,
  ...more,
});

const churn: Signature = {
  form: 'table',
  task: 'classification',
  classes: ['No', 'Yes'],
  outputs: { label: 'label', probabilities: 'probabilities' },
  columns: [
    column('age', 'number', { nullable: true }),
    column('calls', 'integer'),
    column('senior', 'boolean'),
    column('plan', 'string', { nullable: true, categories: ['basic', 'gold', 'silver'], closed: false }),
    column('region', 'string', { categories: ['north', 'south'], closed: true }),
    column('id', 'string', { required: false }),
    column('weight', 'number', { float32: true }),
    column('code', 'integer', { categories: [1, 2, 3], closed: true }),
    column('odds', 'number', { infinite: true }),
  ],
};
const good = { age: 41.5, calls: 3, senior: true, plan: 'gold', region: 'north', weight: 1.5, code: 2, odds: 0.5 };
const rows = compileRows(churn);

function problemsOf(row: unknown, signature: Signature = churn): readonly Problem[] {
  try {
    compileRows(signature).decode(row);
  } catch (error) {
    if (error instanceof SlipwayError && error.code === 'INVALID_INPUT') return error.errors ?? [];
    throw error;
  }
  return [];
}

function errorOf(run: () => unknown): SlipwayError {
  try {
    run();
  } catch (error) {
    if (error instanceof SlipwayError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

test('missing strings are spelled as in graphs', () => expect(MISSING).toBe(IR_MISSING));

test('a row becomes one tensor per used column', () => {
  const { single, count, tensors } = rows.decode({ ...good, id: 'anything' });
  expect({ single, count }).toEqual({ single: true, count: 1 });
  expect(Object.keys(tensors)).toEqual(['age', 'calls', 'senior', 'weight', 'code', 'odds', 'plan', 'region']);
  expect(tensors['age']).toEqual({ dtype: 'float64', shape: [1, 1], data: Float64Array.of(41.5) });
  expect(tensors['plan']).toEqual({ dtype: 'string', shape: [1, 1], data: ['gold'] });
});

test('a batch becomes columns, null the value for missing', () => {
  const { single, tensors } = rows.decode([good, { ...good, age: null, plan: null, senior: false }]);
  expect(single).toBe(false);
  expect(tensors['age']?.data).toEqual(Float64Array.of(41.5, NaN));
  expect(tensors['plan']?.data).toEqual(['gold', MISSING]);
  expect(tensors['senior']?.data).toEqual(Float64Array.of(1, 0));
});

test('an empty batch is a batch of no rows', () => expect(rows.decode([])).toMatchObject({ single: false, count: 0 }));

test.for([
  { name: 'numbers', change: { age: -0.5 }, age: -0.5 },
  { name: 'missing', change: { age: null }, age: NaN },
  { name: 'a boolean in a number column is 1 or 0', change: { age: true }, age: 1 },
  { name: 'the largest double', change: { age: 1.7976931348623157e308 }, age: 1.7976931348623157e308 },
])('accepts $name', ({ change, age }) => {
  expect(rows.decode({ ...good, ...change }).tensors['age']?.data).toEqual(Float64Array.of(age));
});

test.for([
  { name: '0 and 1 are booleans', change: { senior: 0 } },
  { name: 'a boolean counts as an integer', change: { calls: true } },
  { name: '3.0 is an integer', change: { calls: 3.0 } },
  { name: 'a float that float32 rounds down to its maximum', change: { weight: 3.4028235e38 } },
  { name: 'infinity where the model takes it', change: { odds: Infinity } },
  { name: 'a dropped column of any kind', change: { id: { any: 'thing' } } },
])('accepts: $name', ({ change }) => expect(problemsOf({ ...good, ...change })).toEqual([]));

test.for<{ name: string; change: Record<string, unknown>; path: string; expected: string; received: string }>([
  { name: 'a word for a number', change: { age: 'old' }, path: 'age', expected: 'number or null', received: '"old"' },
  { name: 'a numeric string', change: { age: '41' }, path: 'age', expected: 'number or null', received: '"41"' },
  { name: 'an empty string', change: { age: '' }, path: 'age', expected: 'number or null', received: '""' },
  { name: 'an array', change: { age: [1] }, path: 'age', expected: 'number or null', received: 'an array of 1' },
  { name: 'an object', change: { age: {} }, path: 'age', expected: 'number or null', received: 'an object' },
  {
    name: '1e999',
    change: { age: JSON.parse('1e999') as number },
    path: 'age',
    expected: 'number or null',
    received: 'Infinity',
  },
  { name: 'a fraction', change: { calls: 1.5 }, path: 'calls', expected: 'integer', received: '1.5' },
  {
    name: 'null where nothing may be missing',
    change: { calls: null },
    path: 'calls',
    expected: 'integer',
    received: 'null',
  },
  { name: '2 for a boolean', change: { senior: 2 }, path: 'senior', expected: 'boolean', received: '2' },
  { name: '"true" for a boolean', change: { senior: 'true' }, path: 'senior', expected: 'boolean', received: '"true"' },
  { name: 'a number for a category', change: { plan: 3 }, path: 'plan', expected: 'string or null', received: '3' },
  {
    name: 'the reserved string',
    change: { plan: MISSING },
    path: 'plan',
    expected: 'string or null',
    received: JSON.stringify(MISSING),
  },
  {
    name: 'an unknown value of a closed column',
    change: { region: 'moon' },
    path: 'region',
    expected: 'one of "north", "south"',
    received: '"moon"',
  },
  {
    name: 'a misspelt value of a closed column',
    change: { region: 'nroth' },
    path: 'region',
    expected: 'one of "north", "south" (did you mean "north"?)',
    received: '"nroth"',
  },
  {
    name: 'another case',
    change: { region: 'North' },
    path: 'region',
    expected: 'one of "north", "south" (did you mean "north"?)',
    received: '"North"',
  },
  {
    name: 'null in a closed column',
    change: { region: null },
    path: 'region',
    expected: 'one of "north", "south"',
    received: 'null',
  },
  { name: 'an unknown integer category', change: { code: 4 }, path: 'code', expected: 'one of 1, 2, 3', received: '4' },
  { name: 'beyond float32', change: { weight: 3.5e38 }, path: 'weight', expected: 'number', received: '3.5e+38' },
  { name: 'a missing column', change: { calls: undefined }, path: 'calls', expected: 'integer', received: 'nothing' },
  {
    name: 'an undeclared column',
    change: { colour: 1 },
    path: 'colour',
    expected: 'one of the columns "age", "calls", "senior", "plan", "region", "id", "weight", "code", "odds"',
    received: '1',
  },
])('refuses $name', ({ change, path, expected, received }) => {
  expect(problemsOf({ ...good, ...change })).toEqual([{ path, expected, received }]);
});

test('a misspelt column is both undeclared and missing, and the near name is told', () => {
  const { calls, ...rest } = good;
  const error = errorOf(() => rows.decode({ ...rest, Calls: calls }));
  expect(error.errors?.map(({ path }) => path)).toEqual(['calls', 'Calls']);
  expect(error.message).toContain('did you mean "calls"?');
});

test('every problem of every row is told at once, with its path', () => {
  const error = errorOf(() => rows.decode([good, { ...good, age: 'old', senior: 'no' }, 7, { ...good, region: 'x' }]));
  expect(error.errors?.map(({ path }) => path)).toEqual(['rows[1].age', 'rows[1].senior', 'rows[2]', 'rows[3].region']);
  expect(error.message).toBe(
    'rows[1].age: expected a number or null, received "old"; rows[1].senior: expected a boolean, received "no"; rows[2]: expected an object keyed by column, received 7 (and 1 more)',
  );
});

test('at most 50 problems are listed, all are counted', () => {
  const error = errorOf(() => rows.decode(Array.from({ length: 1000 }, () => ({ ...good, age: 'old' }))));
  expect(error.errors).toHaveLength(50);
  expect(error.message).toMatch(/\(and 997 more, the first 50 are listed\)$/);
});

test('the sentence of the contract', () => {
  const signature: Signature = { ...churn, columns: [column('age', 'number')] };
  const error = errorOf(() => compileRows(signature).decode([{ age: 1 }, { age: 1 }, { age: 1 }, { age: 'old' }]));
  expect(error.message).toBe('rows[3].age: expected a number, received "old"');
  expect(error.errors).toEqual([{ path: 'rows[3].age', expected: 'number', received: '"old"' }]);
});

test.for([
  { name: 'quoted number', change: { age: '41' }, hint: 'Write numbers without quotes: 41, not "41".' },
  { name: 'bare category', change: { plan: 3 }, hint: '"plan" holds text: write the value in quotes, "3".' },
  {
    name: 'undeclared column',
    change: { colour: 1 },
    hint: 'Leave it out, or pass undeclared columns by with ?extra=ignore (`--extra ignore`).',
  },
])('hint: $name', ({ change, hint }) => expect(errorOf(() => rows.decode({ ...good, ...change })).hint).toBe(hint));

test('an unknown value of an open column is answered with a warning', () => {
  const { warnings } = rows.decode([good, { ...good, plan: 'Gold' }, { ...good, plan: 'platinum' }]);
  expect([...warnings]).toEqual([
    [
      1,
      [
        'plan: "Gold" is not among the categories that training saw (did you mean "gold"?); the model treats it as unknown',
      ],
    ],
    [2, ['plan: "platinum" is not among the categories that training saw; the model treats it as unknown']],
  ]);
});

test('undeclared columns pass by on request', () => {
  expect(rows.decode({ ...good, colour: 1 }, { extra: 'ignore' }).count).toBe(1);
});

test('what every object inherits is not a value, and names like constructor are columns like others', () => {
  const signature: Signature = { ...churn, columns: [column('constructor', 'number'), column('__proto__', 'string')] };
  expect(problemsOf({}, signature).map(({ path, received }) => [path, received])).toEqual([
    ['constructor', 'nothing'],
    ['__proto__', 'nothing'],
  ]);
  const { tensors } = compileRows(signature).parse('{"constructor": 1, "__proto__": "x"}');
  expect(Object.keys(tensors)).toEqual(['constructor', '__proto__']);
  expect(tensors['__proto__']?.data).toEqual(['x']);
});

test('names that are no identifiers are quoted in paths of batches', () => {
  const signature: Signature = { ...churn, columns: [column('sepal length (cm)', 'number')] };
  expect(problemsOf({ 'sepal length (cm)': 'x' }, signature)[0]?.path).toBe('sepal length (cm)');
  expect(problemsOf([{ 'sepal length (cm)': 'x' }], signature)[0]?.path).toBe('rows[0]["sepal length (cm)"]');
});

test('the quick path fills slots in column order and refuses whatever needs a second look', () => {
  const numbers = new Float64Array(6);
  const strings = ['', ''];
  expect(rows.read(good, numbers, strings)).toBe(true);
  expect([...numbers]).toEqual([41.5, 3, 1, 1.5, 2, 0.5]);
  expect(strings).toEqual(['gold', 'north']);
  expect(rows.read({ ...good, id: 1 }, numbers, strings)).toBe(true);
  for (const change of [
    { age: 'x' },
    { plan: 'new' },
    { region: 'x' },
    { colour: 1 },
    { calls: undefined },
    { weight: 1e39 },
    { odds: NaN },
  ]) {
    expect(rows.read({ ...good, ...change }, numbers, strings), JSON.stringify(change)).toBe(false);
  }
  expect(rows.read({ ...good, colour: 1 }, numbers, strings, true)).toBe(true);
});

test('slots follow the order of the graph inputs where it is told', () => {
  const numbers = new Float64Array(6);
  const strings = ['', ''];
  const ordered = compileRows(churn, ['region', 'odds', 'plan', 'code', 'age', 'weight', 'senior', 'calls']);
  expect(ordered.layout).toMatchObject({
    numbers: ['odds', 'code', 'age', 'weight', 'senior', 'calls'],
    strings: ['region', 'plan'],
  });
  expect(ordered.read(good, numbers, strings)).toBe(true);
  expect([...numbers]).toEqual([0.5, 2, 41.5, 1.5, 1, 3]);
  expect(strings).toEqual(['north', 'gold']);
});

const iris: Signature = {
  form: 'array',
  task: 'classification',
  outputs: {},
  columns: ['a', 'b', 'c', 'd'].map((name) => column(name, 'number')),
};

test('rank decides: an array of numbers is a row, an array of arrays a batch', () => {
  const read = compileRows(iris);
  expect(read.decode([5.1, 3.5, 1.4, 0.2])).toMatchObject({
    single: true,
    count: 1,
    tensors: { X: { shape: [1, 4] } },
  });
  const batch = read.decode([
    [1, 2, 3, 4],
    [5, 6, 7, 8],
  ]);
  expect(batch).toMatchObject({ single: false, count: 2, tensors: { X: { dtype: 'float64', shape: [2, 4] } } });
  expect(batch.tensors['X']?.data).toEqual(Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  expect(read.decode([])).toMatchObject({ single: false, count: 0 });
  expect(read.decode([[1, 2, 3, 4]])).toMatchObject({ single: false, count: 1 });
});

test.for<{ name: string; document: unknown; paths: string[]; expected: string }>([
  { name: 'too short', document: [1, 2, 3], paths: [''], expected: 'an array of 4 numbers' },
  {
    name: 'too long in a batch',
    document: [
      [1, 2, 3, 4],
      [1, 2, 3, 4, 5],
    ],
    paths: ['rows[1]'],
    expected: 'an array of 4 numbers',
  },
  { name: 'a word', document: [1, 2, 'x', 4], paths: ['[2]'], expected: 'number' },
  { name: 'a word in a batch', document: [[1, 2, 'x', null]], paths: ['rows[0][2]', 'rows[0][3]'], expected: 'number' },
  { name: 'an object', document: { a: 1 }, paths: [''], expected: 'an array of 4 numbers' },
  { name: 'a number', document: 5, paths: [''], expected: 'an array of 4 numbers' },
])('array rows: $name', ({ document, paths, expected }) => {
  const problems = problemsOf(document, iris);
  expect(problems.map(({ path }) => path)).toEqual(paths);
  expect(problems[0]?.expected).toBe(expected);
});

test('arrays that mix numbers and strings have one input per position, and skip what the model drops', () => {
  const signature: Signature = {
    ...iris,
    columns: [column('x0', 'number'), column('x1', 'string'), column('x2', 'number', { required: false })],
  };
  const { tensors } = compileRows(signature).decode([
    [1, 'a', 'unused'],
    [2, 'b', null],
  ]);
  expect(Object.keys(tensors)).toEqual(['x0', 'x1']);
  expect(tensors['x1']).toEqual({ dtype: 'string', shape: [2, 1], data: ['a', 'b'] });
});

test('text rows are strings', () => {
  const read = compileRows({ form: 'text', task: 'classification', columns: [], outputs: {} });
  expect(read.decode('good')).toMatchObject({ single: true, tensors: { text: { shape: [1, 1], data: ['good'] } } });
  expect(read.decode(['good', 'bad'])).toMatchObject({ single: false, tensors: { text: { data: ['good', 'bad'] } } });
  expect(errorOf(() => read.decode(['good', 1])).errors).toEqual([
    { path: 'rows[1]', expected: 'string', received: '1' },
  ]);
  expect(errorOf(() => read.decode(7)).code).toBe('INVALID_INPUT');
});

test('dates are ISO 8601', () => {
  const read = compileRows({ ...churn, columns: [column('day', 'datetime')] });
  expect(read.decode([{ day: '2026-01-31' }, { day: '2026-01-31T08:00:00.5+01:00' }]).count).toBe(2);
  expect(errorOf(() => read.decode({ day: '31.1.2026' })).message).toBe(
    'day: expected a date or time such as "2026-01-31T08:00:00Z", received "31.1.2026"',
  );
});

test.for([
  { text: '', problem: 'it is empty.' },
  { text: '   ', problem: 'it is empty.' },
  { text: '{"age": }', problem: 'Unexpected token' },
  { text: '[1,', problem: 'JSON' },
])('$text is INVALID_JSON', ({ text, problem }) => {
  expect(errorOf(() => rows.parse(text))).toMatchObject({
    code: 'INVALID_JSON',
    message: expect.stringContaining(problem) as string,
  });
});

test('NaN is not JSON, and the hint says what to write', () => {
  expect(errorOf(() => rows.parse('{"age": NaN}')).hint).toBe(
    'JSON has no NaN and no Infinity: write null for a missing value.',
  );
});

test('a byte order mark is passed by', () => expect(rows.parse(`\u{feff}${JSON.stringify(good)}`).count).toBe(1));

test('deep nesting is refused like any wrong value', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  expect(errorOf(() => rows.parse(`{"age": ${deep}}`)).code).toBe('INVALID_INPUT');
  expect(errorOf(() => compileRows(iris).parse(deep)).code).toBe('INVALID_INPUT');
});
