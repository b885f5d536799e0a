import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readFixture } from '../fixtures.ts';
import { halfPlusTwo } from '../half-plus-two.ts';
import { run } from './run.ts';
import { startSlipway, type SlipwayProcess } from './server.ts';
import { venv } from './venv.ts';

const root = resolve(import.meta.dirname, '../..');
const out = mkdtempSync(join(tmpdir(), 'slipway-wires-'));
const iris = readFixture('xgb3-iris-softprob-json');
const digits = readFixture('onnx-digits-cnn-torch');
const churnRows = readJson(join(root, 'examples/churn/rows.json')) as Record<string, unknown>[];
const churnAnswers = readFileSync(join(root, 'examples/churn/answers.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { prediction: string; probabilities: Record<string, number> });
const rows = (iris.golden.rows as number[][]).slice(0, 6);
const sent = join(out, 'sent.json');

/** The first run makes virtual environments. */
const INSTALLING = { timeout: 900_000 };

interface Prediction {
  readonly prediction: unknown;
  readonly probabilities: Record<string, number>;
}

/** Starts `slipway serve` with one model, or with several by starting `up` after importing them. */
async function serve(...args: string[]): Promise<SlipwayProcess> {
  return startSlipway(['serve', ...args, '--home', join(out, 'home')]);
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

let all: SlipwayProcess;
let one: SlipwayProcess;
let churn: SlipwayProcess;
let native: Prediction[];

beforeAll(async () => {
  writeFileSync(join(out, 'half.onnx'), halfPlusTwo());
  const missingless = churnRows.filter((row) => !Object.values(row).includes(null));
  writeFileSync(sent, JSON.stringify({ iris: rows, churn: missingless, digits: digits.golden.rows.slice(0, 3) }));
  const bin = join(root, 'packages/slipway/bin/slipway.mjs');
  const models = {
    iris: iris.path,
    digits: digits.path,
    churn: join(root, 'examples/churn/model.joblib'),
    half: join(out, 'half.onnx'),
  };
  for (const [name, path] of Object.entries(models))
    await run(process.execPath, [bin, 'import', path, '--name', name, '--home', join(out, 'home')]);
  all = await serve(...Object.keys(models), '--wire', 'torchserve');
  one = await serve('iris');
  churn = await serve('churn');
  const response = await fetch(`${one.url}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(rows),
  });
  native = (await response.json()) as Prediction[];
});
afterAll(async () => {
  await Promise.all([all, one, churn].map((server) => server?.stop()));
  rmSync(out, { recursive: true, force: true });
});

/** Runs a Python client and reads what it prints. */
async function ask(name: string, packages: readonly string[], ...urls: string[]): Promise<Record<string, unknown>> {
  const python = await venv(name, packages);
  const { stdout } = await run(python, ['-B', join(import.meta.dirname, `wires-${name}.py`), ...urls, sent]);
  return JSON.parse(stdout.trim().split('\n').at(-1) as string) as Record<string, unknown>;
}

const labels = () => native.map(({ prediction }) => prediction);
const chances = () => native.map(({ probabilities }) => Object.values(probabilities));
const churnLabels = () => labelsOf(churnRows);
const labelsOf = (wanted: readonly Record<string, unknown>[]) =>
  wanted
    .map((row, i) => [row, churnAnswers[i]?.prediction] as const)
    .filter(([row]) => !Object.values(row).includes(null))
    .map(([, label]) => label);

function closeTo(actual: unknown, expected: readonly unknown[], digitsAfter: number): void {
  const [a, b] = [actual, expected].map((nested) => (nested as unknown[]).flat(Infinity) as number[]);
  expect(a).toHaveLength(b?.length ?? 0);
  a?.forEach((value, i) => expect(value).toBeCloseTo(b?.[i] as number, digitsAfter));
}

test('tritonclient: metadata, every way of sending tensors, errors', INSTALLING, async () => {
  const answer = await ask('tritonclient', ['tritonclient[http]==2.73.0', 'numpy==2.4.6'], all.url.slice(7));
  expect(answer).toMatchObject({
    live: true,
    ready: true,
    model_ready: true,
    other_ready: false,
    version_ready: true,
    metadata: { name: 'churn', versions: ['1'] },
  });
  const ways = answer['iris'] as Record<string, { predict: number[][]; predict_proba: number[][]; dtypes?: string[] }>;
  expect(Object.keys(ways)).toEqual([
    'FP64 binary',
    'FP64 JSON',
    'FP32 binary',
    'FP32 JSON',
    'FP16 binary',
    'gzip',
    'deflate',
  ]);
  for (const [way, { predict, predict_proba: proba, dtypes }] of Object.entries(ways)) {
    expect(predict.flat()).toEqual(labels());
    if (dtypes) expect(dtypes).toEqual(['INT64', 'FP32']);
    // Rounded to float16, a value may pass a threshold of a tree.
    if (!way.startsWith('FP16')) closeTo(proba, chances(), 6);
  }
  expect((answer['churn'] as { predict: string[][] }).predict.flat()).toEqual(churnLabels());
  closeTo(answer['digits'], (digits.golden.outputs['logits'] ?? []).slice(0, 3), 3);
  const best = native.map(({ probabilities }) =>
    Object.entries(probabilities)
      .map(([label, value], i) => ({ value, text: `${value.toFixed(6)}:${i}:${label}` }))
      .toSorted((a, b) => b.value - a.value)
      .slice(0, 2)
      .map(({ text }) => text),
  );
  expect(answer['classes']).toEqual({ True: best, False: best });
  expect(answer).toMatchObject({ unloaded: [false, true, 'UNAVAILABLE'], loaded: [true, 'READY'] });
  expect(answer['errors']).toMatchObject({
    load: ['404', 'Model other not found'],
    config: ['400', expect.stringContaining('a model is loaded as it is in the registry')],
    'text classes': ['400', expect.stringContaining("the output 'predict' is text")],
    model: ['404', 'Model other not found'],
    version: ['404', 'Model iris with version 9 not found'],
    shape: ['400', expect.stringContaining('expected a row of 4 values')],
    output: ['400', expect.stringContaining("unexpected inference output 'other' for model 'iris'")],
    datatype: ['400', expect.stringContaining("data-type is 'FP64', but model 'digits' expects 'FP32'")],
  });
});

test('KServe’s client: both protocols', INSTALLING, async () => {
  const answer = await ask('kserve', ['kserve==0.21.0'], all.url);
  const tensors = { id: 'q', model: 'iris', predict: labels().map((label) => [label]) };
  expect(answer).toMatchObject({
    'v1 ready': true,
    v1: { predictions: labels() },
    'v1 table': { predictions: churnLabels() },
    'v1 refused': [400, { error: expect.stringContaining('expected a row of 4 values') as string }],
    'v2 live': true,
    'v2 ready': true,
    'v2 model ready': true,
    'v2 other ready': false,
    'v2 JSON': tensors,
    'v2 binary': tensors,
  });
  for (const way of ['v2 JSON', 'v2 binary'])
    closeTo((answer[way] as { predict_proba: number[][] }).predict_proba, chances(), 6);
});

test('MLflow’s scoring client: arrays, data frames, params', INSTALLING, async () => {
  const packages = ['mlflow-skinny==3.17.2', 'numpy==2.4.6', 'pandas==3.1.1', 'scipy==1.17.1'];
  const answer = await ask('mlflow', packages, one.url, churn.url);
  expect(answer).toMatchObject({
    version: '3.17.2',
    ndarray: labels(),
    frame: churnLabels(),
    'as frame': { '0': churnLabels() },
    'more columns': churnLabels(),
    deployments: churnLabels(),
    'no endpoint': expect.stringContaining('404') as string,
    databricks: churnLabels(),
    refused: expect.stringContaining('error code 400') as string,
  });
  closeTo(answer['probabilities'], chances(), 6);
});

test('pyarrow: streams of every kind of column', INSTALLING, async () => {
  const answer = await ask('arrow', ['pyarrow==22.0.0'], one.url, churn.url);
  const predicted = (name: string) => (answer[name] as { columns: { prediction: unknown[] } }).columns.prediction;
  for (const name of ['float64', 'float32', 'batches']) expect(predicted(name), name).toEqual(labels());
  expect(predicted('one row')).toEqual(labels().slice(0, 1));
  expect(predicted('float16')).toHaveLength(rows.length);
  expect(predicted('no rows')).toEqual([]);
  for (const name of ['float64', 'one row', 'no rows'])
    expect((answer[name] as { types: object }).types).toEqual({
      prediction: 'int64',
      'probabilities.0': 'double',
      'probabilities.1': 'double',
      'probabilities.2': 'double',
    });
  expect(answer['json']).toEqual(native);
  for (const name of ['strings', 'large', 'dictionary', 'extra']) expect(predicted(name), name).toEqual(churnLabels());
  expect(answer['refused']).toMatchObject({ status: 400, problem: { code: 'INVALID_INPUT' } });
  expect(answer['list']).toMatchObject({
    status: 400,
    problem: { detail: 'a: columns of the Arrow type list are not read.' },
  });
  expect(answer['view']).toMatchObject({ status: 400, problem: { code: 'INVALID_INPUT' } });
});

describe('curl', () => {
  const curl = async (...args: string[]): Promise<unknown> => {
    const { stdout } = await run('curl', ['-s', ...args]);
    return stdout.startsWith('{') || stdout.startsWith('[') ? (JSON.parse(stdout) as unknown) : stdout;
  };
  const v1 = () => `${all.url}/v1/models`;

  test('the examples of TensorFlow Serving', async () => {
    expect(await curl('-d', '{"instances": [2.0, 3.0, 4.0]}', '-X', 'POST', `${v1()}/half:predict`)).toEqual({
      predictions: [3, 3.5, 4],
    });
    expect(await curl('-d', '{"inputs": [1.0, 2.0, 5.0]}', `${v1()}/half/versions/1:predict`)).toEqual({
      outputs: [2.5, 3, 4.5],
    });
    expect(await curl(`${v1()}/half`)).toMatchObject({
      model_version_status: [{ version: '1', state: 'AVAILABLE', status: { error_code: 'OK', error_message: '' } }],
    });
    expect(await curl(`${v1()}/half/metadata`)).toMatchObject({
      model_spec: { name: 'half', version: '1' },
      metadata: { signature_def: { signature_def: { serving_default: { inputs: { x: { dtype: 'DT_FLOAT' } } } } } },
    });
  });

  test('TorchServe: -T sends PUT, -F a form', async () => {
    const file = join(out, 'row.json');
    writeFileSync(file, JSON.stringify(rows[0]));
    const expected = native[0]?.probabilities;
    expect(await curl(`${all.url}/predictions/iris`, '-T', file)).toEqual(expected);
    expect(await curl(`${all.url}/predictions/iris/1`, '-F', `data=@${file}`)).toEqual(expected);
    expect(await curl(`${all.url}/models`)).toMatchObject({
      models: expect.arrayContaining([{ modelName: 'iris', modelUrl: 'iris' }]) as unknown,
    });
    expect(await curl(`${one.url}/models`)).toMatchObject({ code: 'ROUTE_NOT_FOUND' });
  });

  test('SageMaker: CSV without a header, CSV out', async () => {
    const body = rows.map((row) => row.join(',')).join('\n');
    const csv = ['-H', 'content-type: text/csv', '--data-binary', body];
    expect(await curl(`${one.url}/invocations`, ...csv)).toEqual({ predictions: labels() });
    const { stdout } = await run('curl', ['-s', '-H', 'accept: text/csv', ...csv, `${one.url}/invocations`]);
    expect(stdout).toBe(
      labels()
        .map((label) => `${String(label)}\n`)
        .join(''),
    );
  });

  test('Azure ML and Vertex AI', async () => {
    expect(await curl(`${one.url}/`)).toBe('Healthy');
    expect(await curl(`${one.url}/score`, '-d', JSON.stringify({ input_data: { data: rows } }))).toEqual(labels());
    const env = { ...process.env, AIP_PREDICT_ROUTE: '/v1/endpoints/7:predict', AIP_HEALTH_ROUTE: '/v1/endpoints/7' };
    const vertex = await startSlipway(['serve', 'iris', '--home', join(out, 'home')], { env });
    try {
      expect(await curl(`${vertex.url}/v1/endpoints/7`)).toEqual({ status: 'ready' });
      const body = JSON.stringify({ instances: rows, parameters: { method: 'predict_proba' } });
      const answer = (await curl(`${vertex.url}/v1/endpoints/7:predict`, '-d', body)) as { predictions: number[][] };
      closeTo(answer.predictions, chances(), 6);
    } finally {
      await vertex.stop();
    }
  });
});
