import { expect, test } from 'vitest';
import { SlipwayError } from '../errors/index.ts';
import {
  compileRows,
  CsvDecoder,
  MISSING,
  type Column,
  type FileOptions,
  type Rejected,
  type RowBatch,
  type Signature,
} from './index.ts';

const column = (name: string, type: Column['type'], more: Partial<Column> = {}): Column => ({
  name,
  type,
  nullable: true,
  required: true,
  ...more,
});
const table = (...columns: Column[]): Signature => ({ form: 'table', task: 'regression', columns, outputs: {} });
const churn = table(
  column('age', 'number'),
  column('calls', 'integer', { nullable: false }),
  column('senior', 'boolean'),
  column('plan', 'string', { categories: ['basic', 'gold'], closed: false }),
  column('region', 'string', { nullable: false }),
);
const HEADER = 'age,calls,senior,plan,region\n';

function errorOf(run: () => unknown): SlipwayError {
  try {
    run();
  } catch (error) {
    if (error instanceof SlipwayError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

/** Reads a file in chunks of a size and joins the batches. */
function read(text: string | Uint8Array, options: FileOptions & { signature?: Signature; chunk?: number } = {}) {
  const decoder = new CsvDecoder(compileRows(options.signature ?? churn), options);
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const batches: RowBatch[] = [];
  const chunk = options.chunk ?? bytes.length;
  for (let i = 0; i < bytes.length; i += chunk) batches.push(...decoder.push(bytes.subarray(i, i + chunk)));
  batches.push(...decoder.end());
  const columns: Record<string, (number | string)[]> = {};
  const warnings: Record<number, readonly string[]> = {};
  for (const batch of batches) {
    for (const [name, { data }] of Object.entries(batch.tensors))
      (columns[name] ??= []).push(...(data as Float64Array));
    for (const [i, told] of batch.warnings) warnings[batch.rows.at(i) ?? -1] = told;
  }
  return {
    columns,
    warnings,
    count: batches.reduce((sum, batch) => sum + batch.count, 0),
    notes: decoder.warnings,
    batches,
  };
}

const TEXT = `${HEADER}41,3,true,gold,north\n-0.5,0,False,,"so,uth"\n,7,1,basic,"a ""b""\nc"\r\n1e3,2,,gold,é\n`;
const EXPECTED = {
  age: [41, -0.5, NaN, 1000],
  calls: [3, 0, 7, 2],
  senior: [1, 0, 1, NaN],
  plan: ['gold', MISSING, 'basic', 'gold'],
  region: ['north', 'so,uth', 'a "b"\nc', 'é'],
};

test('cells become columns', () => expect(read(TEXT).columns).toEqual(EXPECTED));

test('chunks may end anywhere', () => {
  for (let chunk = 1; chunk < 40; chunk++)
    expect(read(TEXT, { chunk }).columns, `chunks of ${chunk}`).toEqual(EXPECTED);
});

test.for([
  {
    name: 'CRLF',
    text: TEXT.replaceAll('"c"\r\n', '"c"\n')
      .replaceAll('\r\n', '\n')
      .replaceAll(/(?<!b"")\n/g, '\r\n'),
  },
  { name: 'a lone CR', text: TEXT.replaceAll(/(?<!b"")\r?\n/g, '\r') },
  { name: 'no line end at the end', text: TEXT.trimEnd() },
  { name: 'blank lines', text: `\n\r\n${TEXT.replace('false', 'false').replaceAll('\n-0.5', '\n\n\n-0.5')}\n\n` },
  { name: 'a byte order mark', text: `\u{feff}${TEXT}` },
  {
    name: 'quoted plain cells',
    text: TEXT.replaceAll('gold', '"gold"').replaceAll('41', '"41"').replace('true', '"true"').replace('age', '"age"'),
  },
])('$name changes nothing', ({ text }) => {
  expect(read(text).columns).toEqual(EXPECTED);
  expect(read(text, { chunk: 3 }).columns).toEqual(EXPECTED);
});

test('batches have the size that was asked for', () => {
  const lines = Array.from({ length: 25 }, (_, i) => `${i},1,true,gold,r${i}`).join('\n');
  const { batches, columns } = read(HEADER + lines, { batchRows: 10, chunk: 7 });
  expect(batches.map(({ count }) => count)).toEqual([10, 10, 5]);
  expect(columns['age']).toEqual(Array.from({ length: 25 }, (_, i) => i));
  expect(columns['region']).toEqual(Array.from({ length: 25 }, (_, i) => `r${i}`));
});

test.for<[string, number]>([
  ['0.1', 0.1],
  ['-0', -0],
  ['5.', 5],
  ['.5', 0.5],
  ['+3', 3],
  ['007', 7],
  ['1E-5', 1e-5],
  ['0.30000000000000004', 0.30000000000000004],
  ['123456789012345678901234567890', 1.2345678901234568e29],
  ['9007199254740993', 9007199254740992],
  ['4.9e-324', 5e-324],
  [' 2.5 ', 2.5],
  ['True', 1],
  ['', NaN],
  ['NA', NaN],
  ['nan', NaN],
  ['null', NaN],
])('the number %j', ([text, value]) => {
  const { columns } = read(`x,y\n${text},1\n`, { signature: table(column('x', 'number'), column('y', 'number')) });
  expect(Object.is(columns['x']?.[0], value), `${columns['x']?.[0]}`).toBe(true);
});

test.for<[string, number]>([
  ...['True', 'true', 'TRUE'].map((text): [string, number] => [text, 1]),
  ...['False', 'false', 'FALSE'].map((text): [string, number] => [text, 0]),
])('the truth %j in columns of numbers and booleans, in any chunks', ([text, value]) => {
  for (const type of ['number', 'integer', 'boolean'] as const) {
    const signature = table(column('x', type), column('y', type));
    for (const chunk of [1, 2, 3, 5, 100]) {
      const { columns } = read(`x,y\n${text},${text}\r\n,${text}\n${text},`, { signature, chunk });
      expect(columns).toEqual({ x: [value, NaN, value], y: [value, value, NaN] });
    }
  }
});

test.for(['tRUE', 'trUe', 'TRUe', 'Truex', 'tru', 't', 'f', 'fALSE', 'FAlse', 'falsey', 'True1', 'T', 'tr\u{74}f'])(
  '%j is no truth',
  (text) => {
    const signature = table(column('x', 'boolean'), column('y', 'number'));
    expect(errorOf(() => read(`x,y\n${text},1\n`, { signature })).message).toBe(
      `line 2, column "x": expected a boolean or null, received ${JSON.stringify(text)}`,
    );
    expect(errorOf(() => read(`x,y\n1,${text}`, { signature })).message).toContain('line 2, column "y": expected');
  },
);

test('truths are categories like 1 and 0', () => {
  const signature = table(column('x', 'boolean', { categories: [true], closed: true }));
  expect(read('x\nTrue\n1', { signature }).columns['x']).toEqual([1, 1]);
  expect(errorOf(() => read('x\nFalse', { signature })).message).toContain('expected one of true');
});

test('rows so far are given when the input pauses', () => {
  const decoder = new CsvDecoder(compileRows(churn));
  const push = (text: string) => [...decoder.push(new TextEncoder().encode(text))];
  const first = [...push(`${HEADER}41,3,true,gold,north\n42,3,tr`), ...decoder.pause()];
  const second = [...push('ue,basic,south\n'), ...decoder.pause(), ...decoder.pause(), ...decoder.end()];
  const [before, after] = [first, second].map((batches) =>
    batches.map(({ count, tensors, rows }) => [count, tensors['plan']?.data, [...rows]]),
  );
  expect(before).toEqual([[1, ['gold'], [0]]]);
  expect(after).toEqual([[1, ['basic'], [1]]]);
});

test('infinities only where the model takes them', () => {
  const infinite = table(column('x', 'number', { infinite: true }));
  expect(read('x\ninf\n-inf\nInfinity', { signature: infinite }).columns['x']).toEqual([Infinity, -Infinity, Infinity]);
  expect(errorOf(() => read('x\ninf', { signature: table(column('x', 'number')) })).message).toBe(
    'line 2, column "x": expected a number or null, received Infinity',
  );
});

test('NA is a string like others in a column of strings', () => {
  expect(read('s\nNA\n', { signature: table(column('s', 'string')) }).columns['s']).toEqual(['NA']);
});

test.for<{ name: string; line: string; message: string }>([
  {
    name: 'a word',
    line: 'old,1,true,gold,x',
    message: 'line 3, column "age": expected a number or null, received "old"',
  },
  {
    name: 'a fraction',
    line: '1,1.5,true,gold,x',
    message: 'line 3, column "calls": expected an integer, received 1.5',
  },
  {
    name: 'a missing cell',
    line: '1,,true,gold,x',
    message: 'line 3, column "calls": expected an integer, received null',
  },
  {
    name: 'another truth',
    line: '1,1,yes,gold,x',
    message: 'line 3, column "senior": expected a boolean or null, received "yes"',
  },
  {
    name: '2 for a boolean',
    line: '1,1,2,gold,x',
    message: 'line 3, column "senior": expected a boolean or null, received 2',
  },
  { name: 'too few cells', line: '1,1,true', message: 'line 3: expected 5 cells as in the first line, received 3' },
  {
    name: 'too many cells',
    line: '1,1,true,gold,x,y,"z,",',
    message: 'line 3: expected 5 cells as in the first line, received 8',
  },
])('refuses $name', ({ line, message }) => {
  const text = `${HEADER}1,1,true,gold,x\n${line}\n1,1,true,gold,x\n`;
  expect(errorOf(() => read(text)).message).toBe(message);
  expect(errorOf(() => read(text, { chunk: 2 })).message).toBe(message);
});

test('lines inside quotes count', () => {
  expect(errorOf(() => read(`${HEADER}1,1,true,gold,"a\nb\nc"\nold,1,true,gold,x\n`)).message).toMatch(/^line 5, /);
});

test('all problems at once', () => {
  const error = errorOf(() =>
    read(`${HEADER}old,1,true,gold,x\n1,1,true,gold,x\n1,x,true,gold,x\n`, { onBadRow: 'collect' }),
  );
  expect(error.errors).toEqual([
    { path: 'rows[0].age', expected: 'number or null', received: '"old"' },
    { path: 'rows[2].calls', expected: 'integer', received: '"x"' },
  ]);
});

test('bad rows can be left out', () => {
  const rejected: Rejected[] = [];
  const { columns, batches } = read(
    `${HEADER}1,1,true,gold,x\nold,1,true,gold,x\n3,1,true,gold,x\n4\n5,1,true,gold,x\n`,
    { onBadRow: (row) => rejected.push(row), chunk: 5 },
  );
  expect(columns['age']).toEqual([1, 3, 5]);
  expect([...(batches[0]?.rows ?? [])]).toEqual([0, 2, 4]);
  expect(rejected.map(({ row, line, error }) => [row, line, error.code])).toEqual([
    [1, 3, 'INVALID_INPUT'],
    [3, 5, 'INVALID_INPUT'],
  ]);
});

test('unknown categories of open columns are warnings of their row', () => {
  const { warnings, columns } = read(`${HEADER}1,1,true,platinum,x\n1,1,true,gold,x\n1,1,true,platinum,x\n`);
  expect(columns['plan']).toEqual(['platinum', 'gold', 'platinum']);
  expect(Object.keys(warnings)).toEqual(['0', '2']);
  expect(warnings[0]?.[0]).toContain('plan: "platinum" is not among');
});

test('closed categories are refused', () => {
  const signature = table(column('s', 'string', { categories: ['é', 'b'], closed: true, nullable: false }));
  expect(read('s\né\nb\n"é"', { signature }).columns['s']).toEqual(['é', 'b', 'é']);
  expect(errorOf(() => read('s\nc', { signature })).message).toBe(
    'line 2, column "s": expected one of "é", "b", received "c"',
  );
});

test('extra columns are passed by with one warning, in any order and quoted', () => {
  const { columns, notes } = read('id,region,plan,senior,note,calls,age\n9,north,gold,true,"a, ""b""\n",3,41\n');
  expect(columns).toEqual({ age: [41], calls: [3], senior: [1], plan: ['gold'], region: ['north'] });
  expect(notes).toEqual(['The file has columns that the model does not use: "id", "note".']);
});

test.for([
  {
    name: 'missing columns',
    text: 'age,Calls,plan,region\n',
    message:
      'calls: the first line has no such column; the file has "Calls"; senior: the first line has no such column',
  },
  {
    name: 'a column twice',
    text: 'age,age,calls,senior,plan,region\n',
    message: 'Line 1: the column "age" is there twice.',
  },
  { name: 'an empty file', text: '', message: 'Line 1: the file is empty.' },
  { name: 'an open quote', text: `${HEADER}1,1,true,gold,"x\n2,2`, message: 'Line 2: a quoted cell is never closed.' },
  {
    name: 'text behind a quote',
    text: `${HEADER}1,1,true,gold,"x"y\n`,
    message: 'Line 2: a cell is not UTF-8, or its quotes are not in order.',
  },
])('refuses $name', ({ text, message }) => expect(errorOf(() => read(text)).message).toBe(message));

test('bytes that are not UTF-8 are refused', () => {
  const bytes = new Uint8Array([...new TextEncoder().encode(`${HEADER}1,1,true,gold,`), 0xff, 10]);
  expect(errorOf(() => read(bytes)).code).toBe('INVALID_CSV');
});

test('semicolons are pointed out', () => {
  expect(errorOf(() => read('age;calls;senior;plan;region\n1;1;1;gold;x')).hint).toBe(
    'The first line seems to be separated by ";"; separate the columns by commas.',
  );
});

const iris: Signature = {
  form: 'array',
  task: 'regression',
  outputs: {},
  columns: ['x0', 'x1', 'x2'].map((name) => column(name, 'number')),
};

test('models without column names take columns by position, or by name when they are there', () => {
  expect(read('a,b,c\n1,2,3\n4,5,6', { signature: iris }).columns).toEqual({ X: [1, 2, 3, 4, 5, 6] });
  expect(read('x2,x1,x0\n1,2,3', { signature: iris }).columns).toEqual({ X: [3, 2, 1] });
  expect(errorOf(() => read('a,b\n1,2', { signature: iris })).message).toContain(
    'the model takes 3 columns, this file has 2',
  );
  expect(errorOf(() => read('1,2,3\n4,5,6', { signature: iris })).message).toContain(
    'the first line must name the columns',
  );
});

test('one quick number more exotic than the last', () => {
  let state = 12345;
  const random = (below: number): number => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) % below;
  const texts = Array.from({ length: 20_000 }, () => {
    const digits = Array.from({ length: 1 + random(20) }, () => random(10)).join('');
    const at = random(digits.length + 1);
    return `${random(2) ? '-' : ''}${digits.slice(0, at) || '0'}${at < digits.length ? '.' : ''}${digits.slice(at)}${random(9) ? '' : `e${random(40) - 20}`}`;
  });
  const { columns } = read(`x\n${texts.join('\n')}\n`, { signature: table(column('x', 'number')), chunk: 1000 });
  const values = columns['x'] as number[];
  expect(values).toHaveLength(texts.length);
  expect(texts.filter((text, i) => !Object.is(Number(text), values[i]))).toEqual([]);
});

test('many different strings stay right when the dictionary is full', () => {
  const texts = Array.from({ length: 40_000 }, (_, i) => `value ${i % 30_000}`);
  const { columns } = read(`s\n${texts.join('\n')}\n`, { signature: table(column('s', 'string')), chunk: 4096 });
  expect(columns['s']).toEqual(texts);
});

test('tensors cannot be CSV', () => {
  const signature: Signature = { form: 'tensors', task: 'graph', columns: [], tensors: [], outputs: {} };
  expect(errorOf(() => read('x\n1', { signature })).message).toContain('CSV cannot hold');
});
