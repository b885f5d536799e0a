import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from './run.ts';
import { sklearn19, venv } from './venv.ts';

const here = dirname(fileURLToPath(import.meta.url));
const out = mkdtempSync(join(tmpdir(), 'slipway-save-'));
afterAll(() => rmSync(out, { recursive: true, force: true }));

interface Saved {
  readonly about: {
    readonly model: { file: string; serializer: string; class: string; object_path: (string | number)[] };
    readonly input: {
      kind: string;
      columns?: { name: string; type: string; missing: boolean; categories?: string[] }[];
    };
    readonly classes?: unknown[];
    readonly goldens: {
      rows: number;
      outputs: Record<string, { dtype: string; shape?: number[]; targets?: number }>;
      failed?: Record<string, string>;
    };
    readonly environment: { python: string; packages: Record<string, string> };
  };
  readonly goldens: { row: unknown; outputs: Record<string, unknown>; errors?: Record<string, string> }[];
}

function read(name: string): Saved {
  const folder = join(out, name);
  const about = JSON.parse(readFileSync(join(folder, 'slipway-save.json'), 'utf8')) as Saved['about'];
  expect(existsSync(join(folder, about.model.file))).toBe(true);
  const lines = readFileSync(join(folder, 'goldens.jsonl'), 'utf8').trimEnd().split('\n');
  expect(lines).toHaveLength(about.goldens.rows);
  return { about, goldens: lines.map((line) => JSON.parse(line) as Saved['goldens'][number]) };
}

beforeAll(async () => {
  const python = await venv('sklearn', sklearn19);
  await run(python, ['-B', join(here, 'python-save.py'), resolve(here, '../..'), out]);
});

test('the example is saved with the answers that stand beside it', () => {
  const { about, goldens } = read('churn');
  expect(about.model).toMatchObject({ file: 'model.joblib', serializer: 'joblib', class: 'sklearn.pipeline.Pipeline' });
  expect(about.classes).toEqual(['leaves', 'stays']);
  expect(about.environment.packages['scikit-learn']).toBe('1.9.1');
  expect(about.input.columns?.[0]).toMatchObject({ name: 'age', type: 'float64', missing: true });
  const folder = resolve(here, '../../examples/churn');
  const rows = JSON.parse(readFileSync(join(folder, 'rows.json'), 'utf8')) as unknown[];
  const answers = readFileSync(join(folder, 'answers.jsonl'), 'utf8').trimEnd().split('\n');
  expect(goldens).toHaveLength(24);
  for (const [at, { row, outputs }] of goldens.entries()) {
    const answer = JSON.parse(answers[at]!) as { prediction: string; probabilities: Record<string, number> };
    expect(row).toEqual(rows[at]);
    expect(outputs['predict']).toBe(answer.prediction);
    expect(outputs['predict_proba']).toEqual(Object.values(answer.probabilities));
  }
});

test('a bundle says where its model is, and long samples are thinned', () => {
  const { about, goldens } = read('bundle');
  expect(about.model.object_path).toEqual(['parts', 1]);
  expect(goldens.length).toBeGreaterThan(150);
  expect(goldens.length).toBeLessThanOrEqual(200);
});

test('rows that the library refuses are kept with its words', () => {
  const { about, goldens } = read('refused');
  expect(about.goldens.outputs).toEqual({ predict: { dtype: 'float64', shape: [6] } });
  expect(goldens[2]).toEqual({
    row: [1, null],
    outputs: {},
    errors: { predict: expect.stringContaining('Input X contains NaN') },
  });
  expect(goldens[3]?.row).toEqual(['Infinity', 1]);
  expect(goldens[1]?.outputs['predict']).toBeTypeOf('number');
});

test.for([
  { name: 'text', kind: 'text', row: 'a good day', methods: ['predict', 'predict_proba', 'decision_function'] },
  { name: 'outlier', kind: 'array', row: [0, 0.5], methods: ['predict', 'decision_function', 'score_samples'] },
  { name: 'cluster', kind: 'array', row: [0, 0.5], methods: ['predict', 'transform'] },
  { name: 'targets', kind: 'array', row: [0, 0.5], methods: ['predict', 'predict_proba'] },
])('$name: the rows and the methods it has', ({ name, kind, row, methods }) => {
  const { about, goldens } = read(name);
  expect(about.input.kind).toBe(kind);
  expect(goldens[0]?.row).toEqual(row);
  expect(Object.keys(goldens[0]!.outputs)).toEqual(methods);
});

test('columns of every kind become plain values', () => {
  const { about, goldens } = read('odd');
  expect(goldens.map(({ row }) => row)).toEqual([
    { when: '2024-01-01T00:00:00', grade: 'a', whole: 1, flag: true, big: 7, half: 0.10000000149011612, word: null },
    { when: null, grade: 'b', whole: null, flag: null, big: 3, half: 0.5, word: 'x' },
  ]);
  const types = about.input.columns!.map(({ type }) => type);
  expect(types).toEqual(['datetime', 'category', 'int64', 'bool', 'int64', 'float32', 'string']);
  expect(about.input.columns![1]!.categories).toEqual(['b', 'a']);
});

test('methods that fail are recorded, and the rest is saved', () => {
  const { about, goldens } = read('odd');
  expect(about.goldens.failed).toEqual({ predict_proba: 'RuntimeError: boom', transform: "KeyError: 'odd'" });
  expect(goldens[0]?.outputs).toEqual({ predict: 'yes' });
});

test('a zip holds the same files, byte for byte the same every time', () => {
  expect(readFileSync(join(out, 'one.zip'))).toEqual(readFileSync(join(out, 'two.zip')));
  expect(readFileSync(join(out, 'one.zip')).subarray(0, 2).toString()).toBe('PK');
});

test('without joblib the model is a pickle', () => {
  expect(read('without-joblib').about.model).toMatchObject({ file: 'model.pkl', serializer: 'pickle' });
});

test('what cannot be saved says why, and leaves nothing behind', () => {
  const told = JSON.parse(readFileSync(join(out, 'refusals.json'), 'utf8')) as Record<string, string>;
  expect(told['lambda']).toContain('A lambda or a function of the notebook');
  expect(told['other files']).toContain('choose another name');
  expect(told['no model']).toContain('nothing in it has predict');
  expect(told['no rows']).toContain('X_sample has no rows');
  expect(existsSync(join(out, 'lambda'))).toBe(false);
});
