import { expect, test } from 'vitest';
import { float64, int64, strings, tensor, type Tensor } from '../tensor/index.ts';
import { answerOutputs, bindAnswers, type Signature } from './index.ts';

const base: Signature = { form: 'array', task: 'classification', columns: [], outputs: {} };
const probabilities = float64([0.25, 0.75, 0.5, 0.5], [2, 2]);

test.for<{ name: string; signature: Partial<Signature>; outputs: Record<string, Tensor>; answers: unknown[] }>([
  {
    name: 'classifier, string labels',
    signature: { classes: ['No', 'Yes'], outputs: { label: 'l', probabilities: 'p' } },
    outputs: { l: int64([1, 0]), p: probabilities },
    answers: [
      { prediction: 'Yes', probabilities: { No: 0.25, Yes: 0.75 } },
      { prediction: 'No', probabilities: { No: 0.5, Yes: 0.5 } },
    ],
  },
  {
    name: 'classifier, boolean labels',
    signature: { classes: [false, true], outputs: { label: 'l', probabilities: 'p' } },
    outputs: { l: int64([1, 0]), p: probabilities },
    answers: [
      { prediction: true, probabilities: { false: 0.25, true: 0.75 } },
      { prediction: false, probabilities: { false: 0.5, true: 0.5 } },
    ],
  },
  {
    name: 'classifier, number labels',
    signature: { classes: [0, 1.5], outputs: { label: 'l', probabilities: 'p' } },
    outputs: { l: int64([1]), p: float64([0.25, 0.75], [1, 2]) },
    answers: [{ prediction: 1.5, probabilities: { '0': 0.25, '1.5': 0.75 } }],
  },
  {
    name: 'classifier without probabilities: one score for two classes',
    signature: { classes: ['a', 'b'], outputs: { label: 'l', scores: 's' } },
    outputs: { l: int64([1]), s: float64([0.5]) },
    answers: [{ prediction: 'b', scores: 0.5 }],
  },
  {
    name: 'classifier without probabilities: a score per class',
    signature: { classes: ['a', 'b', 'c'], outputs: { label: 'l', scores: 's' } },
    outputs: { l: int64([2]), s: float64([-1, 0, 1], [1, 3]) },
    answers: [{ prediction: 'c', scores: { a: -1, b: 0, c: 1 } }],
  },
  {
    name: 'scores stay away where there are probabilities',
    signature: { classes: ['a', 'b'], outputs: { label: 'l', scores: 's', probabilities: 'p' } },
    outputs: { l: int64([1]), s: float64([0.5]), p: float64([0.25, 0.75], [1, 2]) },
    answers: [{ prediction: 'b', probabilities: { a: 0.25, b: 0.75 } }],
  },
  {
    name: 'labels only',
    signature: { classes: ['a', 'b'], outputs: { label: 'l' } },
    outputs: { l: int64([0, 1]) },
    answers: [{ prediction: 'a' }, { prediction: 'b' }],
  },
  {
    name: 'regression',
    signature: { task: 'regression', outputs: { value: 'v' } },
    outputs: { v: float64([12.3, -0]) },
    answers: [{ prediction: 12.3 }, { prediction: 0 }],
  },
  {
    name: 'regression of one named target',
    signature: { task: 'regression', targets: ['fare'], outputs: { value: 'v' } },
    outputs: { v: float64([12.3], [1, 1]) },
    answers: [{ prediction: { fare: 12.3 } }],
  },
  {
    name: 'regression, one column',
    signature: { task: 'regression', outputs: { value: 'v' } },
    outputs: { v: float64([12.3], [1, 1]) },
    answers: [{ prediction: 12.3 }],
  },
  {
    name: 'regression of named targets',
    signature: { task: 'regression', targets: ['fare', 'duration'], outputs: { value: 'v' } },
    outputs: { v: float64([9.5, 611], [1, 2]) },
    answers: [{ prediction: { fare: 9.5, duration: 611 } }],
  },
  {
    name: 'regression of unnamed targets',
    signature: { task: 'regression', outputs: { value: 'v' } },
    outputs: { v: float64([9.5, 611], [1, 2]) },
    answers: [{ prediction: [9.5, 611] }],
  },
  {
    name: 'clustering',
    signature: { task: 'clustering', outputs: { label: 'l', distances: 'd' } },
    outputs: { l: int64([2]), d: float64([1, 2, 0.5], [1, 3]) },
    answers: [{ prediction: 2, distances: [1, 2, 0.5] }],
  },
  {
    name: 'outlier',
    signature: { task: 'outlier', outputs: { label: 'l', scores: 's' } },
    outputs: { l: int64([-1, 1]), s: float64([-0.1, 0.2]) },
    answers: [
      { prediction: -1, score: -0.1 },
      { prediction: 1, score: 0.2 },
    ],
  },
  {
    name: 'the label tensor holds text classes itself',
    signature: { classes: ['No', 'Yes'], outputs: { label: 'l', labelIs: 'value', probabilities: 'p' } },
    outputs: { l: strings(['Yes']), p: float64([0.25, 0.75], [1, 2]) },
    answers: [{ prediction: 'Yes', probabilities: { No: 0.25, Yes: 0.75 } }],
  },
  {
    name: 'the label tensor holds integer classes itself',
    signature: { classes: [3, 7], outputs: { label: 'l', labelIs: 'value' } },
    outputs: { l: int64([7, 3]) },
    answers: [{ prediction: 7 }, { prediction: 3 }],
  },
  {
    name: 'a classifier that knows one class',
    signature: { classes: ['a'], outputs: { label: 'l', probabilities: 'p' } },
    outputs: { l: int64([0]), p: float64([1], [1, 1]) },
    answers: [{ prediction: 'a', probabilities: { a: 1 } }],
  },
  {
    name: 'transformer',
    signature: { task: 'transform', outputs: { output: 'o' } },
    outputs: { o: float64([1, 2, 3, 4], [2, 2]) },
    answers: [{ output: [1, 2] }, { output: [3, 4] }],
  },
  {
    name: 'multilabel keyed by target',
    signature: { task: 'multilabel', targets: ['red', 'blue'], outputs: { label: 'l', probabilities: 'p' } },
    outputs: { l: int64([1, 0], [1, 2]), p: float64([0.9, 0.2], [1, 2]) },
    answers: [{ prediction: { red: 1, blue: 0 }, probabilities: { red: 0.9, blue: 0.2 } }],
  },
  {
    name: 'multilabel of unnamed targets',
    signature: { task: 'multilabel', outputs: { label: 'l' } },
    outputs: { l: int64([1, 0], [1, 2]) },
    answers: [{ prediction: { '0': 1, '1': 0 } }],
  },
  {
    name: 'several outputs with classes of their own',
    signature: {
      task: 'multioutput-classification',
      targets: ['size', 'ok'],
      targetClasses: [
        ['S', 'M', 'L'],
        [false, true],
      ],
      outputs: { label: 'l', probabilities: 'p' },
    },
    outputs: { l: int64([2, 1], [1, 2]), p: float64([0.1, 0.2, 0.7, 0.4, 0.6], [1, 5]) },
    answers: [
      {
        prediction: { size: 'L', ok: true },
        probabilities: { size: { S: 0.1, M: 0.2, L: 0.7 }, ok: { false: 0.4, true: 0.6 } },
      },
    ],
  },
  {
    name: 'any graph',
    signature: { task: 'graph', outputs: { all: ['y', 'names', 'flags', 'scale', 'small'] } },
    outputs: {
      y: tensor('float32', [2, 2, 1], Float32Array.of(1, 2, 3, 4)),
      names: strings(['a', 'b"']),
      flags: tensor('bool', [2], Uint8Array.of(1, 0)),
      scale: float64([7], []),
      small: tensor('float16', [2], Uint16Array.of(0x3c00, 0xc000)),
    },
    answers: [
      { outputs: { y: [[1], [2]], names: 'a', flags: true, scale: 7, small: 1 } },
      { outputs: { y: [[3], [4]], names: 'b"', flags: false, scale: 7, small: -2 } },
    ],
  },
  {
    name: 'integers beyond 2^53 are strings',
    signature: { task: 'graph', outputs: { all: ['y'] } },
    outputs: { y: int64([2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 53n - 1n]) },
    answers: [
      { outputs: { y: '9007199254740993' } },
      { outputs: { y: '-9007199254740993' } },
      { outputs: { y: 9007199254740991 } },
    ],
  },
])('$name', ({ signature, outputs, answers }) => {
  const bound = bindAnswers({ ...base, ...signature }, outputs);
  answers.forEach((answer, row) => {
    expect(bound.value(row)).toEqual(answer);
    expect(bound.json(row)).toBe(JSON.stringify(answer));
  });
});

test('NaN and infinities are null and a warning, beside the warnings of the row', () => {
  const signature: Signature = { ...base, task: 'regression', targets: ['a', 'b'], outputs: { value: 'v' } };
  const bound = bindAnswers(signature, { v: float64([NaN, 1, 2, -Infinity, 3, 4], [3, 2]) });
  const nan = {
    prediction: { a: null, b: 1 },
    warnings: ['prediction.a: the model answered NaN, which JSON cannot hold; null stands for it'],
  };
  expect(JSON.parse(bound.json(0))).toEqual(nan);
  expect(bound.value(0)).toEqual(nan);
  expect(JSON.parse(bound.json(1, ['plan: unknown']))).toEqual({
    prediction: { a: 2, b: null },
    warnings: [
      'plan: unknown',
      'prediction.b: the model answered -Infinity, which JSON cannot hold; null stands for it',
    ],
  });
  expect(bound.json(2)).toBe('{"prediction":{"a":3,"b":4}}');
});

test('number text is that of JSON.stringify', () => {
  const values = [0, -0, 1e21, 1e-7, 0.1, 123456789.125, 5e-324, 1.7976931348623157e308, 2 ** 53];
  const bound = bindAnswers({ ...base, task: 'regression', outputs: { value: 'v' } }, { v: float64(values) });
  values.forEach((value, row) => expect(bound.json(row)).toBe(JSON.stringify({ prediction: value })));
});

test('answers follow tensors that are filled anew', () => {
  const data = new Float64Array(1);
  const bound = bindAnswers({ ...base, task: 'regression', outputs: { value: 'v' } }, { v: float64(data) });
  data[0] = 5;
  expect(bound.json(0)).toBe('{"prediction":5}');
});

test('CSV has a column per leaf', () => {
  const signature: Signature = { ...base, classes: ['a, b', 'c"'], outputs: { label: 'l', probabilities: 'p' } };
  const { header, line } = bindAnswers(signature, { l: int64([0, 1]), p: float64([0.5, NaN, 1, 0], [2, 2]) }).csv;
  expect(header).toEqual(['prediction', 'probabilities.a, b', 'probabilities.c"']);
  expect([line(0), line(1)]).toEqual(['"a, b",0.5,', '"c""",1,0']);
});

test('an output that the model did not give is a bug, not an answer', () => {
  expect(() => bindAnswers({ ...base, task: 'regression', outputs: { value: 'v' } }, {})).toThrow('no output "v"');
});

test.for<{ task: Signature['task']; names: string[] }>([
  { task: 'classification', names: ['l', 'p'] },
  { task: 'multilabel', names: ['l', 'p'] },
  { task: 'regression', names: ['v'] },
  { task: 'clustering', names: ['l', 'd'] },
  { task: 'outlier', names: ['l', 's'] },
  { task: 'transform', names: ['o'] },
  { task: 'graph', names: ['a', 'b'] },
])('$task answers from $names', ({ task, names }) => {
  const outputs = {
    label: 'l',
    probabilities: 'p',
    scores: 's',
    value: 'v',
    distances: 'd',
    output: 'o',
    all: ['a', 'b'],
    methods: { predict: 'm' },
  };
  expect(answerOutputs({ ...base, task, outputs })).toEqual(names);
});

test.for<{ name: string; labels: Tensor }>([
  { name: 'batches', labels: int64([3, 1, 2]) },
  { name: 'rows, whose integers are doubles', labels: float64([3, 1, 2]) },
])('integer classes that are not positions are answered by value: $name', ({ labels }) => {
  const outputs = { label: 'l', labelIs: 'value', probabilities: 'p' } as const;
  const signature: Signature = { ...base, classes: [1, 2, 3], outputs };
  const chances = float64([0.1, 0.2, 0.7, 0.8, 0.1, 0.1, 0.2, 0.6, 0.2], [3, 3]);
  const answers = bindAnswers(signature, { l: labels, p: chances });
  expect([0, 1, 2].map((row) => answers.value(row)['prediction'])).toEqual([3, 1, 2]);
  expect(answers.json(0)).toBe('{"prediction":3,"probabilities":{"1":0.1,"2":0.2,"3":0.7}}');
  expect([answers.csv.header.join(','), answers.csv.line(1)]).toEqual([
    'prediction,probabilities.1,probabilities.2,probabilities.3',
    '1,0.8,0.1,0.1',
  ]);
});

test('CSV as bytes is CSV as text, also when it grows', () => {
  const numbers = [0.1, 1 / 3, NaN, -0, 1e300, 0.5, 0.0012345, 2 / 3, -Infinity, 5e-324];
  const names = numbers.map((x, i) => (i % 3 === 0 ? `é, "${'x'.repeat(200 * i)}"` : `plain ${x > 0}`));
  const signature: Signature = { ...base, classes: ['a', 'b'], outputs: { label: 'l', probabilities: 'p' } };
  const chances = float64([...numbers, ...numbers.toReversed()], [10, 2]);
  const { csv } = bindAnswers(signature, { l: strings(names), p: chances });
  const lines = numbers.map((_, row) => `${csv.line(row)}\n`);
  expect(new TextDecoder().decode(csv.bytes(10))).toBe(lines.join(''));
  expect(new TextDecoder().decode(csv.bytes(1))).toBe(lines[0]);
  expect(csv.bytes(0)).toHaveLength(0);
});
