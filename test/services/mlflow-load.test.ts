import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { goldenNumber, readFixture } from '../fixtures.ts';
import { run } from './run.ts';
import { venv } from './venv.ts';

const root = resolve(import.meta.dirname, '../..');
const bin = join(root, 'packages/slipway/bin/slipway.mjs');
const out = mkdtempSync(join(tmpdir(), 'slipway-mlflow-'));
afterAll(() => rmSync(out, { recursive: true, force: true }));

let python = '';
beforeAll(async () => {
  const packages = ['mlflow-skinny==3.17.2', 'onnxruntime==1.31.1', 'onnx==1.23.2', 'numpy==2.4.6', 'pandas==3.1.1'];
  python = await venv('mlflow', packages);
});

interface Loaded {
  readonly type: string;
  readonly answer: Readonly<Record<string, unknown[]>>;
  readonly direct: Readonly<Record<string, unknown[]>>;
  readonly inputs: number;
  readonly outputs: string[];
  readonly onnx: string[];
}

/** Packages a model, and asks it for the rows in Python. */
async function load(name: string, model: string, rows: readonly unknown[]): Promise<Loaded> {
  const folder = join(out, name);
  const file = join(out, `${name}.json`);
  writeFileSync(file, JSON.stringify(rows));
  await run(process.execPath, [bin, 'import', model, '--out', folder, '--home', join(out, 'home')]);
  const { stdout } = await run(python, ['-B', join(import.meta.dirname, 'mlflow-load.py'), folder, file]);
  return JSON.parse(stdout) as Loaded;
}

test('a table with numbers, text and missing values answers in MLflow what scikit-learn answered', async () => {
  const folder = join(root, 'examples/churn');
  const rows = JSON.parse(readFileSync(join(folder, 'rows.json'), 'utf8')) as unknown[];
  const lines = readFileSync(join(folder, 'answers.jsonl'), 'utf8').trim().split('\n');
  const answers = lines.map(
    (line) => JSON.parse(line) as { prediction: string; probabilities: Record<string, number> },
  );
  const loaded = await load('churn', join(folder, 'model.joblib'), rows);
  expect(loaded).toMatchObject({
    type: 'DataFrame',
    inputs: 10,
    outputs: ['prediction', 'probabilities.leaves', 'probabilities.stays'],
  });
  for (const columns of [loaded.answer, loaded.direct]) {
    expect(columns['prediction']).toEqual(answers.map(({ prediction }) => prediction));
    answers.forEach(({ probabilities }, i) => {
      expect(columns['probabilities.leaves']?.[i]).toBeCloseTo(probabilities['leaves'] ?? NaN, 12);
    });
  }
  expect(loaded.onnx).toHaveLength(1);
});

test.for([
  { name: 'sk19-iris-tree-strings', output: 'prediction', method: 'predict' },
  { name: 'sk12-diabetes-linear', output: 'prediction', method: 'predict' },
  { name: 'sk15-cancer-isolation-forest', output: 'score', method: 'decision_function' },
])('$name: an array answers in MLflow what the library answered', async ({ name, output, method }) => {
  const { path, golden } = readFixture(name);
  const rows = golden.rows.filter((row) => Array.isArray(row) && row.every((cell) => typeof cell === 'number'));
  const expected = golden.rows.flatMap((row, i) =>
    (rows as readonly unknown[]).includes(row) ? [golden.outputs[method]?.[i]] : [],
  );
  const loaded = await load(name, path, rows);
  expect(loaded.inputs).toBe(1);
  for (const columns of [loaded.answer, loaded.direct]) {
    columns[output]?.forEach((value, i) => {
      if (typeof value === 'string') expect(value).toBe(expected[i]);
      else expect(value).toBeCloseTo(goldenNumber(expected[i]), 9);
    });
    expect(columns[output]).toHaveLength(rows.length);
  }
});

test('a model with text steps says in Python that it runs in Slipway only', async () => {
  const { path, golden } = readFixture('sk15-reviews-tfidf-logreg');
  await expect(load('text', path, golden.rows.slice(0, 1))).rejects.toThrow('this model has steps before its graph');
});
