import { expect, test } from 'vitest';
import { answerSchema, compileRows, exampleRow, exampleRows, rowSchema, type Column, type Signature } from './index.ts';

const column = (name: string, type: Column['type'], more: Partial<Column> = {}): Column => ({
  name,
  type,
  nullable: false,
  required: true,
  ...more,
});
const table: Signature = {
  form: 'table',
  task: 'classification',
  classes: ['No', 'Yes'],
  outputs: { label: 'l', probabilities: 'p' },
  columns: [
    column('age', 'number', { nullable: true, seen: { min: 18, max: 90, typical: 41 }, description: 'In years.' }),
    column('calls', 'integer', { seen: { min: 0, max: 9 } }),
    column('plan', 'string', { categories: ['basic', 'gold'], closed: true, nullable: true }),
    column('region', 'string', { categories: ['north', 'south'], closed: false }),
    column('senior', 'boolean'),
    column('day', 'datetime'),
    column('id', 'string', { required: false }),
  ],
};

test('the schema of a table row', () => {
  expect(rowSchema(table)).toEqual({
    type: 'object',
    properties: {
      age: {
        type: ['number', 'null'],
        description: 'In years. Training saw 18 to 90. null is missing.',
        examples: [41],
      },
      calls: { type: 'integer', description: 'Training saw 0 to 9.' },
      plan: { enum: ['basic', 'gold', null], description: 'null is missing.' },
      region: {
        type: 'string',
        description: 'Training saw "north", "south"; other values are answered with a warning.',
        examples: ['north', 'south'],
      },
      senior: { type: 'boolean', description: '0 and 1 are taken too.' },
      day: { type: 'string', format: 'date-time' },
      id: { type: 'string', description: 'The model does not use this column.' },
    },
    required: ['age', 'calls', 'plan', 'region', 'senior', 'day'],
    additionalProperties: false,
    examples: [{ age: 41, calls: 5, plan: 'basic', region: 'north', senior: false, day: '2026-01-31T08:00:00Z' }],
  });
});

const array: Signature = {
  form: 'array',
  task: 'regression',
  outputs: { value: 'v' },
  columns: ['a', 'b', 'c'].map((name) => column(name, 'number', { seen: { min: 0, max: 1 } })),
};

test('equal columns of an array share one schema, different ones have their own', () => {
  expect(rowSchema(array)).toMatchObject({
    type: 'array',
    minItems: 3,
    maxItems: 3,
    items: { type: 'number' },
    examples: [[0.5, 0.5, 0.5]],
  });
  const mixed: Signature = { ...array, columns: [column('a', 'number'), column('b', 'string')] };
  expect(rowSchema(mixed)).toMatchObject({
    type: 'array',
    items: false,
    prefixItems: [
      { title: 'a', type: 'number' },
      { title: 'b', type: 'string' },
    ],
  });
});

test.for<{ name: string; signature: Signature }>([
  { name: 'table', signature: table },
  { name: 'array', signature: array },
  { name: 'text', signature: { form: 'text', task: 'classification', columns: [], outputs: {} } },
  {
    name: 'one tensor',
    signature: {
      form: 'tensors',
      task: 'graph',
      columns: [],
      tensors: [{ name: 'x', dtype: 'float32', shape: [null, 3] }],
      outputs: {},
    },
  },
  {
    name: 'two tensors',
    signature: {
      form: 'tensors',
      task: 'graph',
      columns: [],
      tensors: [
        { name: 'x', dtype: 'int64', shape: [2] },
        { name: 'y', dtype: 'string', shape: [] },
      ],
      outputs: {},
    },
  },
])('the example of $name is accepted', ({ signature }) => {
  const decoded = compileRows(signature).decode(exampleRow(signature));
  expect(decoded).toMatchObject({ single: true, count: 1 });
  expect(decoded.warnings.size).toBe(0);
});

test('example rows differ, are the same every time, and are accepted', () => {
  const signature: Signature = {
    form: 'table',
    task: 'regression',
    columns: [
      column('seen', 'number', { seen: { min: 10, max: 20 } }),
      column('unseen', 'number'),
      column('positive', 'number', { limits: [{ refuses: 'below', value: 0 }] }),
      column('plan', 'string', { categories: ['a', 'b', 'c'], closed: true }),
      column('dropped', 'number', { required: false }),
    ],
    outputs: {},
  };
  const rows = exampleRows(signature, 50) as Record<string, number | string>[];
  expect(rows).toEqual(exampleRows(signature, 50));
  expect(rows[0]).toEqual(exampleRow(signature));
  for (const name of ['seen', 'unseen']) expect(new Set(rows.map((row) => row[name])).size).toBe(50);
  expect(new Set(rows.map((row) => row['plan'])).size).toBe(3);
  for (const { seen, dropped } of rows)
    expect([Number(seen) >= 10 && Number(seen) <= 20, dropped]).toEqual([true, undefined]);
  expect(compileRows(signature).decode(rows)).toMatchObject({ single: false, count: 50 });
  expect(
    exampleRows({ ...signature, form: 'tensors', tensors: [{ name: 'x', dtype: 'float64', shape: [2] }] }, 2),
  ).toHaveLength(2);
});

test('large tensors have no example', () => {
  const signature: Signature = {
    form: 'tensors',
    task: 'graph',
    columns: [],
    tensors: [{ name: 'x', dtype: 'float32', shape: [224, 224, 3] }],
    outputs: {},
  };
  expect(rowSchema(signature)).not.toHaveProperty('examples');
});

test.for<{ name: string; signature: Partial<Signature>; members: string[]; prediction?: unknown }>([
  { name: 'classifier', signature: {}, members: ['prediction', 'probabilities'], prediction: { enum: ['No', 'Yes'] } },
  {
    name: 'classifier with scores',
    signature: { outputs: { label: 'l', scores: 's' } },
    members: ['prediction', 'scores'],
  },
  { name: 'regression', signature: { task: 'regression', outputs: { value: 'v' } }, members: ['prediction'] },
  {
    name: 'clustering',
    signature: { task: 'clustering', outputs: { label: 'l', distances: 'd' } },
    members: ['prediction', 'distances'],
  },
  {
    name: 'outlier',
    signature: { task: 'outlier', outputs: { label: 'l', scores: 's' } },
    members: ['prediction', 'score'],
  },
  { name: 'transform', signature: { task: 'transform', outputs: { output: 'o' } }, members: ['output'] },
  {
    name: 'multilabel',
    signature: { task: 'multilabel', outputs: { label: 'l', probabilities: 'p' } },
    members: ['prediction', 'probabilities'],
  },
  {
    name: 'multioutput',
    signature: { task: 'multioutput-classification', targetClasses: [['a'], [true, false]], outputs: { label: 'l' } },
    members: ['prediction'],
  },
  { name: 'graph', signature: { task: 'graph', outputs: { all: ['y'] } }, members: ['outputs'] },
])('the schema of an answer: $name', ({ signature, members, prediction }) => {
  const schema = answerSchema({ ...table, ...signature }) as {
    required: string[];
    properties: Record<string, unknown>;
  };
  expect(schema.required).toEqual(members);
  expect(Object.keys(schema.properties)).toEqual([...members, 'warnings']);
  if (prediction) expect(schema.properties['prediction']).toEqual(prediction);
});
