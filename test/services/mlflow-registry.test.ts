import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from './run.ts';
import { startSlipway, type SlipwayProcess } from './server.ts';
import { venv } from './venv.ts';

interface Day {
  readonly [name: string]: unknown;
  readonly probabilities: readonly (readonly number[])[];
}

const folder = mkdtempSync(join(tmpdir(), 'slipway-mlflow-registry-'));
let server: SlipwayProcess;
let day: Day;

beforeAll(async () => {
  const packages = ['mlflow==3.17.2', 'scikit-learn==1.9.1', 'pandas==3.1.1', 'matplotlib==3.11.2', 'skops==0.16.0'];
  const python = await venv('tracking', packages);
  server = await startSlipway(['up', '--home', join(folder, 'home')]);
  const env = { ...process.env, MLFLOW_DISABLE_TELEMETRY: 'true', PYTHONWARNINGS: 'ignore' };
  const { stdout } = await run(python, ['-B', join(import.meta.dirname, 'mlflow-registry.py'), server.url], { env });
  day = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Day;
});
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('what is registered is imported, or refused with its reason', () => {
  const converted = { 'slipway.import': 'converted', 'slipway.package': expect.stringMatching(/^sha256:/) as string };
  expect(day).toMatchObject({ first: converted, skops: { ...converted, kind: 'skops' }, copied: converted });
  expect(day['custom']).toMatchObject({
    'slipway.import': 'refused',
    'slipway.report': expect.stringContaining('CUSTOM_CODE') as string,
  });
});

test("MLflow's client loads by alias and version, and finds what it searches", () => {
  expect(day).toMatchObject({
    equal: true,
    'by version': [0, 0, 0],
    models: [
      ['Iris Classifier', {}, {}],
      ['iris', { team: 'flowers' }, { champion: '1' }],
    ],
    versions: [['Iris Classifier', '2']],
    description: 'the best',
    production: ['1'],
    stage: 'Production',
    // The client adds its own note, with the version as text.
    'on logged model': expect.arrayContaining([{ name: 'Iris Classifier', version: 2 }]) as unknown,
    deleted: 'RESOURCE_DOES_NOT_EXIST',
    nobody: 'INVALID_PARAMETER_VALUE: Registered model alias nobody not found.',
  });
});

test('a model that was imported without MLflow is fetched by its client', () => {
  expect(day['package']).toContain('tenure_months');
  expect(day['files']).toEqual(expect.arrayContaining(['MLmodel', 'model.onnx', 'slipway.json', 'code']));
});

test('the server answers with what was registered, by its alias', async () => {
  const body = JSON.stringify([5.1, 3.5, 1.4, 0.2]);
  const headers = { 'content-type': 'application/json' };
  for (const name of ['iris@champion', 'Iris-Classifier:1']) {
    const response = await fetch(`${server.url}/predict/${name}`, { method: 'POST', headers, body });
    const answer = (await response.json()) as { probabilities: Record<string, number> };
    day.probabilities[0]?.forEach((expected, i) => expect(answer.probabilities[String(i)]).toBeCloseTo(expected, 12));
  }
  const about = await fetch(`${server.url}/api/v1/models/iris/versions/1/about`);
  expect(await about.json()).toMatchObject({
    state: 'ready',
    description: 'the best',
    lineage: { run: expect.stringMatching(/^[0-9a-f]{32}$/) as string, same_package: ['Iris-Classifier:1'] },
  });
});

test('another machine imports it from there, by its alias or its run', async () => {
  const about = (await (await fetch(`${server.url}/api/v1/models/iris/versions/1/about`)).json()) as {
    digest: string;
    lineage: { run: string };
  };
  const cli = join(import.meta.dirname, '../../packages/slipway/bin/slipway.mjs');
  const env = { ...process.env, MLFLOW_TRACKING_URI: server.url };
  for (const uri of ['models:/iris@champion', `runs:/${about.lineage.run}/model`]) {
    const args = ['import', uri, '--home', join(folder, 'elsewhere'), '--json'];
    const { stdout } = await run(process.execPath, [cli, ...args], { env });
    expect(JSON.parse(stdout)).toMatchObject({ digest: about.digest });
  }
  const missing = run(process.execPath, [cli, 'import', 'models:/nobody/1', '--home', join(folder, 'elsewhere')], {
    env,
  });
  await expect(missing).rejects.toThrow('FILE_NOT_FOUND');
  const without = { ...process.env, MLFLOW_TRACKING_URI: '' };
  const unset = run(process.execPath, [cli, 'import', 'models:/iris/1', '--home', join(folder, 'elsewhere')], {
    env: without,
  });
  await expect(unset).rejects.toThrow('MLFLOW_TRACKING_URI');
});
