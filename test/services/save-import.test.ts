import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { run } from './run.ts';
import { sklearn19, venv } from './venv.ts';

const root = resolve(import.meta.dirname, '../..');
const bin = join(root, 'packages/slipway/bin/slipway.mjs');
const out = mkdtempSync(join(tmpdir(), 'slipway-save-import-'));
afterAll(() => rmSync(out, { recursive: true, force: true }));

/** The two lines that `slipway inspect` shows, with a model and a sample in front. */
const program = (model: string, sample: string, path: string) => `
import joblib, pandas, numpy
from slipway_save import save
model = ${model}
X_sample = ${sample}
save(model, X_sample, ${JSON.stringify(path)})
`;

const churn = `joblib.load(${JSON.stringify(join(root, 'examples/churn/model.joblib'))})`;
const rows = `pandas.read_csv(${JSON.stringify(join(root, 'examples/churn/rows.csv'))})`;
const forest = `__import__("sklearn.ensemble", fromlist=["_"]).IsolationForest(n_estimators=10, random_state=0).fit(numpy.arange(40.0).reshape(20, 2))`;

test.for([
  { name: 'churn.zip', model: churn, sample: rows, original: 24 },
  { name: 'churn', model: churn, sample: rows, original: 24 },
  { name: 'bundle.zip', model: `{"note": "best so far", "parts": [1, ${churn}]}`, sample: rows, original: 24 },
  { name: 'outliers.zip', model: forest, sample: 'numpy.array([[0.0, 1.0], [500.0, -3.0]])', original: 2 },
])(
  '$name: what slipway_save.py writes is imported with the original answers',
  async ({ name, model, sample, original }) => {
    const python = await venv('sklearn', sklearn19);
    const path = join(out, name);
    await run(python, ['-B', '-c', program(model, sample, path)], {
      env: { ...process.env, PYTHONPATH: join(root, 'python') },
    });
    const { stdout } = await run(process.execPath, [bin, 'import', path, '--json', '--home', join(out, 'home')]);
    expect(JSON.parse(stdout)).toMatchObject({
      goldens: { kind: 'original', original, crossChecked: 0 },
      warnings: [],
    });
  },
);
