import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readFixture } from '../../../../../test/fixtures.ts';
import { startSlipway, type SlipwayProcess } from '../../../../../test/services/server.ts';
import { makePackage } from '../../intake/index.ts';
import { client } from './index.ts';

const root = resolve(import.meta.dirname, '../../../../..');
const home = mkdtempSync(join(tmpdir(), 'slipway-client-'));
const example = join(root, 'examples/churn/model.joblib');
const rows = JSON.parse(readFileSync(join(root, 'examples/churn/rows.json'), 'utf8')) as Record<string, unknown>[];
let server: SlipwayProcess;

beforeAll(async () => {
  server = await startSlipway(['serve', example, '--name', 'churn', '--home', home]);
});
afterAll(async () => {
  await server?.stop();
  rmSync(home, { recursive: true, force: true });
});

async function written(path: string, name: string): Promise<{ ts: string; py: string }> {
  const { pkg } = await makePackage(path, { home, cache: true });
  const { files } = await client.plan({ pkg, name, version: undefined });
  const folder = mkdtempSync(join(home, 'client-'));
  const [ts, py] = [join(folder, 'client.ts'), join(folder, 'client.py')];
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(ts, files['client.ts'] as string);
  writeFileSync(py, files['client.py'] as string);
  return { ts, py };
}

test('the TypeScript client answers rows and tells what is wrong', async () => {
  const { ts } = await written(example, 'churn');
  const made = (await import(pathToFileURL(ts).href)) as {
    createClient: (options: object) => { predict: (rows: unknown, options?: object) => Promise<unknown> };
  };
  const { predict } = made.createClient({ url: `${server.url}/` });
  expect(await predict(rows[0])).toMatchObject({ prediction: expect.any(String) as string });
  expect(await predict(rows)).toHaveLength(rows.length);
  expect(await predict({ ...rows[0], more: 1 }, { extra: 'ignore' })).toHaveProperty('prediction');
  await expect(predict({ ...rows[0], age: 'old' })).rejects.toMatchObject({
    name: 'PredictionError',
    code: 'INVALID_INPUT',
    status: 400,
    errors: [{ path: 'age' }],
  });
  await expect(made.createClient({ url: server.url, ref: 'no' }).predict(rows[0])).rejects.toMatchObject({
    status: 404,
  });
});

test('its types refuse what the server refuses', async () => {
  const { ts } = await written(example, 'churn');
  const use = (row: object) => `import { createClient } from './client.ts';
const { predict } = createClient({ url: 'http://localhost' });
const answer = await predict(${JSON.stringify(row)});
export const label: "leaves" | "stays" = answer.prediction;
`;
  const check = (row: object) => {
    writeFileSync(join(ts, '../use.ts'), use(row));
    const flags = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2024',
      '--lib',
      'es2024,dom',
      '--allowImportingTsExtensions',
    ];
    try {
      execFileSync(
        process.execPath,
        [
          join(root, 'node_modules/typescript/bin/tsc'),
          '--ignoreConfig',
          ...flags,
          '--types',
          '',
          join(ts, '../use.ts'),
        ],
        { encoding: 'utf8' },
      );
      return '';
    } catch (error) {
      return (error as { stdout: string }).stdout;
    }
  };
  expect(check(rows[0] as object)).toBe('');
  expect(check({ ...rows[0], age: 'old' })).toContain('use.ts(3');
  expect(check({ ...rows[0], agee: 1 })).toContain('use.ts(3');
});

test.for([
  'sk19-churn-gridsearch-rf',
  'sk12-iris-logreg-pickle2',
  'sk12-taxi-multioutput-gbr',
  'sk15-reviews-tfidf-logreg',
  'sk15-preprocess-only',
])('both clients of %s are programs', async (name) => {
  const { ts, py } = await written(readFixture(name).path, name);
  await import(pathToFileURL(ts).href);
  execFileSync('python3', ['-c', 'import runpy, sys; runpy.run_path(sys.argv[1])', py]);
});

test('the Python client answers rows and tells what is wrong', async () => {
  const { py } = await written(example, 'churn');
  const program = `import json, runpy, sys
module = runpy.run_path(sys.argv[1])
client = module["Client"](sys.argv[2])
rows = json.loads(sys.argv[3])
one, many = client.predict(rows[0]), client.predict_many(rows)
try:
    client.predict({**rows[0], "age": "old"})
except module["PredictionError"] as error:
    print(json.dumps([one["prediction"] == many[0]["prediction"], len(many), error.code, error.status, error.errors[0]["path"]]))`;
  const out = execFileSync('python3', ['-c', program, py, server.url, JSON.stringify(rows)], { encoding: 'utf8' });
  expect(JSON.parse(out)).toEqual([true, rows.length, 'INVALID_INPUT', 400, 'age']);
});
