import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readTar } from '@slipway/core/formats';
import { layout } from '@slipway/core/package';
import { afterAll, describe, expect, test } from 'vitest';
import { samplePackage } from '../../../../../test/sample-package.ts';
import { writeContext } from '../oci-image/build-image.ts';
import { modelArchive } from './archive.ts';
import { checkContract } from './contract.ts';
import { sagemaker } from './index.ts';
import { awsName, requestsOf, scaling } from './requests.ts';

const folder = mkdtempSync(join(tmpdir(), 'slipway-sagemaker-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const model = { pkg: samplePackage(2), name: 'sum_model', version: 3 };
const role = 'arn:aws:iam::123456789012:role/sagemaker';
const settings = {
  endpoint: 'sum',
  role,
  instance: 'ml.m5.large',
  instances: 1,
  maxInstances: 1,
  serverless: undefined,
  maxConcurrency: 20,
  target: 600,
};

describe('what SageMaker is asked for', () => {
  test('is named after what is in it', () => {
    const one = requestsOf(model, settings, 'host/image@sha256:1', undefined);
    expect(requestsOf(model, settings, 'host/image@sha256:1', undefined)).toEqual(one);
    expect(one.model.ModelName).toMatch(/^sum-model-3-[0-9a-f]{10}$/);
    const bigger = requestsOf(model, { ...settings, instances: 2 }, 'host/image@sha256:1', undefined);
    expect(bigger.model.ModelName).toBe(one.model.ModelName);
    expect(bigger.config.EndpointConfigName).not.toBe(one.config.EndpointConfigName);
    const other = requestsOf(model, settings, 'host/image@sha256:2', 's3://bucket/model.tar.gz');
    expect(other.model.ModelName).not.toBe(one.model.ModelName);
    expect(other.model).toMatchObject({ PrimaryContainer: { Environment: { SLIPWAY_MODEL: '/opt/ml/model' } } });
  });

  test('scales only where it may', () => {
    expect(scaling(settings)).toBeUndefined();
    expect(scaling({ ...settings, maxInstances: 4 })).toMatchObject({ target: { MinCapacity: 1, MaxCapacity: 4 } });
    expect(scaling({ ...settings, maxInstances: 4, serverless: 2048 })).toBeUndefined();
  });

  test.for([
    ['Churn_model.v2:3', 'Churn-model-v2-3'],
    ['--', 'model'],
    ['a'.repeat(80), 'a'.repeat(63)],
  ] as const)('%s is called %s there', ([text, name]) => expect(awsName(text)).toBe(name));
});

test('the plan tells what it costs, first', async () => {
  const { steps, notes } = await sagemaker.plan(model, { role, 'max-instances': 3, endpoint: 'sum' });
  expect(steps.map(({ when, title }) => `${when}: ${title}`)).toEqual([
    'build: write model.tar.gz and what the image is made of',
    'deploy: find the role, the region and the credentials',
    'deploy: check the container contract here',
    'deploy: push the image',
    'deploy: create the model and the configuration',
    'deploy: bring the endpoint sum to it',
    'deploy: let the endpoint scale',
  ]);
  expect(JSON.stringify(steps)).toContain('1 to 3 × ml.m5.large by the hour');
  expect(notes[0]).toContain('costs money');
});

test.for([
  { role: 'me' },
  { instance: 't2.micro' },
  { instances: 0 },
  { instances: 2, 'max-instances': 1 },
  { serverless: 100 },
  { bucket: 'bucket' },
  { push: 'nowhere' },
])('refuses %j', async (given) => {
  await expect(sagemaker.plan(model, given)).rejects.toMatchObject({ code: 'USAGE' });
});

test('model.tar.gz is the package', async () => {
  const archive = readTar(gunzipSync(await modelArchive(model)));
  expect(archive.names.toSorted()).toEqual([...model.pkg.files.keys()].toSorted());
});

describe('the contract', { timeout: 60_000 }, () => {
  const image = {
    model,
    base: undefined,
    architecture: 'amd64' as const,
    withOnnxRuntime: false,
    generic: false,
  };

  test('is kept by what is in the image', async () => {
    const place = join(folder, 'good');
    await writeContext(image, place);
    expect(await checkContract(place, model, process.env)).toMatchObject({ rows: 1 });
  });

  test('that is not kept is told with the reason', async () => {
    const place = join(folder, 'bad');
    await writeContext(image, place);
    writeFileSync(join(place, 'model', layout.graph), 'not a graph');
    await expect(checkContract(place, model, process.env)).rejects.toMatchObject({
      code: 'DELIVERY_FAILED',
      message: expect.stringMatching(/did not pass ping: the container ended with 1: .*PACKAGE_CORRUPT/s) as string,
    });
    const other = { ...model, pkg: samplePackage(5) };
    await expect(checkContract(join(folder, 'good'), other, process.env)).rejects.toMatchObject({
      message: expect.stringContaining('answered something else: golden 1: expected 6, received 3') as string,
    });
  });
});
