import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AwsClient } from '../../packages/slipway/src/aws/client.ts';
import { ensureRepository, openRepository } from '../../packages/slipway/src/delivery/sagemaker/ecr.ts';
import { requestsOf, scaling } from '../../packages/slipway/src/delivery/sagemaker/requests.ts';
import { samplePackage } from '../sample-package.ts';
import { startDockerRegistry, type DockerRegistry } from './docker-registry.ts';
import { startMoto, type Moto } from './moto.ts';
import { Podman } from './podman.ts';
import { run } from './run.ts';

const root = resolve(import.meta.dirname, '../..');
const churn = join(root, 'examples/churn/model.joblib');
const cli = join(root, 'packages/slipway/bin/slipway.mjs');
const folder = mkdtempSync(join(tmpdir(), 'slipway-sagemaker-'));
const home = join(folder, 'home');
const role = 'arn:aws:iam::123456789012:role/sagemaker';
const predictionsOf = (lines: string) =>
  lines
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { prediction: unknown }).prediction);
const answers = predictionsOf(readFileSync(join(root, 'examples/churn/answers.jsonl'), 'utf8'));
let moto: Moto;
let registry: DockerRegistry;

beforeAll(async () => {
  moto = await startMoto();
  registry = await startDockerRegistry(join(folder, 'registry'));
}, 300_000);

afterAll(async () => {
  await moto[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

type Result = Readonly<Record<string, unknown>>;

async function deploy(...more: string[]): Promise<Map<string, Result>> {
  const place = ['--push', `${registry.host}/churn:1`, '--role', role, '--name', 'churn', '--home', home, '--json'];
  const words = ['deploy', churn, '--target', 'sagemaker', ...place, ...more];
  const { stdout } = await run(process.execPath, [cli, ...words], { env: { ...process.env, ...moto.environment } });
  const { steps } = JSON.parse(stdout) as { steps: { title: string; result: Result }[] };
  return new Map(steps.map(({ title, result }) => [title.replace(/ [\w-]+ to it$/, ''), result]));
}

const client = () => new AwsClient('us-east-1', moto.environment, new AbortController().signal);

describe('slipway deploy model.joblib --target sagemaker', { timeout: 120_000 }, () => {
  test('makes model, configuration and endpoint', async () => {
    const steps = await deploy();
    expect(steps.get('check the container contract here')).toMatchObject({ rows: expect.any(Number) as number });
    expect(steps.get('create the model and the configuration')).toMatchObject({ created: true });
    expect(steps.get('bring the endpoint')).toMatchObject({ endpoint: 'churn', status: 'InService', changed: true });
    const config = await client().call('sagemaker', 'DescribeEndpointConfig', {
      EndpointConfigName: steps.get('create the model and the configuration')?.['config'],
    });
    expect(config['ProductionVariants']).toMatchObject([{ InstanceType: 'ml.m5.large', InitialInstanceCount: 1 }]);
    const made = { ModelName: steps.get('create the model and the configuration')?.['model'] };
    const { PrimaryContainer } = await client().call('sagemaker', 'DescribeModel', made);
    expect(PrimaryContainer).toMatchObject({ Image: steps.get('push the image')?.['image'] });
  });

  // moto has no UpdateEndpoint: moving an endpoint is tested in packages/slipway/src/delivery/sagemaker/.
  test('again changes nothing; another endpoint scales, and has its model in S3', async () => {
    const again = await deploy();
    expect(again.get('push the image')).toMatchObject({ sentBlobs: 0 });
    expect(again.get('create the model and the configuration')).toMatchObject({ created: false });
    expect(again.get('bring the endpoint')).toMatchObject({ changed: false });
    const change = [
      '--endpoint',
      'churn-big',
      '--instance',
      'ml.c5.xlarge',
      '--max-instances',
      '3',
      '--bucket',
      's3://models/team',
    ];
    const nowhere = client().putObject('models', 'a', new Uint8Array(1), 'text/plain');
    await expect(nowhere).rejects.toMatchObject({ code: 'NoSuchBucket' });
    expect((await fetch(`${moto.url}/models`, { method: 'PUT' })).status).toBe(200);
    const bigger = await deploy(...change);
    expect(bigger.get('bring the endpoint')).toMatchObject({ changed: true, status: 'InService' });
    const { ScalableTargets } = await client().call('application-autoscaling', 'DescribeScalableTargets', {
      ServiceNamespace: 'sagemaker',
    });
    expect(ScalableTargets).toMatchObject([{ ResourceId: 'endpoint/churn-big/variant/main', MaxCapacity: 3 }]);
  });

  test('without credentials nothing is begun', async () => {
    const { AWS_ACCESS_KEY_ID: _, ...environment } = moto.environment;
    const words = ['deploy', churn, '--target', 'sagemaker', '--role', role, '--home', home];
    const env = { ...process.env, ...environment, HOME: folder };
    await expect(run(process.execPath, [cli, ...words], { env })).rejects.toThrow(/error\[CREDENTIALS_MISSING\]/);
  });
});

test('ECR gives a repository and the keys for it', async () => {
  const place = await ensureRepository(client(), 'slipway/churn');
  expect(place).toMatch(/^\d{12}\.dkr\.ecr\.us-east-1\.amazonaws\.com\/slipway\/churn$/);
  expect(await ensureRepository(client(), 'slipway/churn')).toBe(place);
  expect((await openRepository(client(), `${place}:1`)).reference.repository).toBe('slipway/churn');
});

test('a model in S3 is a source like any other', async () => {
  await fetch(`${moto.url}/sources`, { method: 'PUT' });
  await client().putObject('sources', 'team/the model.joblib', readFileSync(churn), 'application/octet-stream');
  const env = { ...process.env, ...moto.environment };
  const predict = (address: string) => run(process.execPath, [cli, 'predict', address, '--home', home], { env });
  const rows = join(root, 'examples/churn/rows.csv');
  const words = ['predict', 's3://sources/team/the%20model.joblib', '--input', rows, '--home', home];
  const { stdout } = await run(process.execPath, [cli, ...words], { env });
  expect(predictionsOf(stdout)).toEqual(answers);
  await expect(predict('s3://sources/nothing.joblib')).rejects.toThrow(/error\[FILE_NOT_FOUND\].*NoSuchKey/s);
});

test('requests have the shapes of AWS’ own client', () => {
  const model = { pkg: samplePackage(1), name: 'sum', version: 1 };
  const settings = { endpoint: 'sum', role, instance: 'ml.m5.large', instances: 1, maxInstances: 2 };
  const more = { maxConcurrency: 5, target: 100 };
  const server = requestsOf(
    model,
    { ...settings, ...more, serverless: undefined },
    'host/image',
    's3://b/model.tar.gz',
  );
  const serverless = requestsOf(model, { ...settings, ...more, serverless: 2048 }, 'host/image', undefined);
  const scales = scaling({ ...settings, ...more, serverless: undefined });
  const calls = [
    { service: 'sagemaker', action: 'CreateModel', input: server.model },
    { service: 'sagemaker', action: 'CreateEndpointConfig', input: server.config },
    { service: 'sagemaker', action: 'CreateEndpointConfig', input: serverless.config },
    { service: 'application-autoscaling', action: 'RegisterScalableTarget', input: scales?.target },
    { service: 'application-autoscaling', action: 'PutScalingPolicy', input: scales?.policy },
  ];
  const { stdout, status } = spawnSync(moto.python, [join(import.meta.dirname, 'sagemaker-shapes.py')], {
    input: calls.map((call) => `${JSON.stringify(call)}\n`).join(''),
    encoding: 'utf8',
  });
  expect(`${stdout}${status}`).toBe(`${calls.map(({ action }) => `${action} ok\n`).join('')}0`);
});

test('the container keeps the contract: serve, /ping, /invocations, SIGTERM', { timeout: 60_000 }, async () => {
  await using podman = await Podman.install();
  await podman.pull(`${registry.host}/churn:1`);
  const container = await podman.start(`${registry.host}/churn:1`, { args: ['serve'], path: '/ping' });
  const csv = readFileSync(join(root, 'examples/churn/rows.csv'), 'utf8');
  const headers = { 'content-type': 'text/csv' };
  const response = await fetch(`${container.url}/invocations`, { method: 'POST', headers, body: csv });
  const { predictions } = (await response.json()) as { predictions: unknown[] };
  expect(predictions).toEqual(answers);
  expect(await container.stop()).toBe(0);
});
