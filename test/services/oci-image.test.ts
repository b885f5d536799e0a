import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makePackage } from '../../packages/slipway/src/intake/index.ts';
import { OciRepository, parseOciReference } from '../../packages/slipway/src/oci/index.ts';
import { answerDifference, testVectors } from '../../packages/slipway/src/delivery/test-vectors.ts';
import { startDockerRegistry, type DockerRegistry } from './docker-registry.ts';
import { Podman, type Container } from './podman.ts';
import { run } from './run.ts';

const root = resolve(import.meta.dirname, '../..');
const churn = join(root, 'examples/churn/model.joblib');
const forest = join(root, 'fixtures/models/sk15-taxi-fare-rf/model.joblib');
const cli = join(root, 'packages/slipway/bin/slipway.mjs');
const folder = mkdtempSync(join(tmpdir(), 'slipway-oci-'));
const home = join(folder, 'home');
let registry: DockerRegistry;
let podman: Podman;

interface Deployed {
  readonly steps: readonly { readonly result: Readonly<Record<string, number | string>> }[];
}

async function slipway(...words: string[]): Promise<Deployed> {
  const { stdout } = await run(process.execPath, [cli, ...words, '--home', home, '--json']);
  return JSON.parse(stdout) as Deployed;
}

const deploy = (file: string, name: string, place: string, ...more: string[]) =>
  slipway('deploy', file, '--name', name, '--target', 'oci-image', '--push', `${registry.host}/${place}`, ...more);

/** Sends every golden of the model file; the answers must be the goldens'. */
async function replay(url: string, file: string): Promise<number> {
  const { pkg } = await makePackage(file, { home, cache: true });
  const vectors = testVectors(pkg);
  const response = await fetch(`${url}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(vectors.map(({ row }) => row)),
  });
  const answers = (await response.json()) as unknown[];
  vectors.forEach(({ answer, tolerance }, i) =>
    expect(answerDifference(answer, answers[i], tolerance)).toBeUndefined(),
  );
  return vectors.length;
}

beforeAll(async () => {
  podman = await Podman.install();
  registry = await startDockerRegistry(join(folder, 'registry'));
}, 300_000);

afterAll(async () => {
  await podman[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

describe('an image without ONNX Runtime', () => {
  let container: Container;

  test('is pushed, at most 70 MB', { timeout: 120_000 }, async () => {
    const { steps } = await deploy(churn, 'churn', 'team/churn:1');
    expect(steps[0]?.result['compressedBytes']).toBeLessThan(70e6);
    expect(steps[1]?.result).toMatchObject({ sentBlobs: 4, mountedBlobs: 0, knownBlobs: 0 });
    const repository = new OciRepository(parseOciReference(`${registry.host}/team/churn:1`));
    const referrers = await repository.referrers(String(steps[1]?.result['digest']));
    expect(referrers.map(({ artifactType }) => artifactType)).toEqual(['application/spdx+json']);
  });

  test('the same again sends nothing; another model sends its layer; another repository mounts the rest', async () => {
    const again = await deploy(churn, 'churn', 'team/churn:1');
    expect(again.steps[1]?.result).toMatchObject({ sentBlobs: 0, knownBlobs: 4 });
    const second = await deploy(churn, 'churn', 'team/churn:2', '--threshold', '0.3');
    expect(second.steps[1]?.result).toMatchObject({ sentBlobs: 2, knownBlobs: 2 });
    expect(second.steps[1]?.result['sentBytes']).toBeLessThan(60_000);
    const other = await deploy(churn, 'churn', 'team/other:1', '--mount-from', 'team/churn');
    expect(other.steps[1]?.result).toMatchObject({ sentBlobs: 0, mountedBlobs: 4 });
  });

  test('runs from the registry and answers the goldens', { timeout: 120_000 }, async () => {
    await podman.pull(`${registry.host}/team/churn:1`);
    container = await podman.start(`${registry.host}/team/churn:1`);
    expect(await replay(container.url, churn)).toBeGreaterThan(3);
    await podman.exec(container, '/usr/local/bin/node', '/app/healthcheck.mjs');
    await expect(podman.exec(container, '/bin/sh', '-c', 'id')).rejects.toThrow();
  });

  test('SIGTERM drains, with exit code 0', async () => {
    const { pkg } = await makePackage(churn, { home, cache: true });
    const [vector] = testVectors(pkg, 1);
    const rows = Array.from({ length: 20_000 }, () => vector?.row);
    const running = fetch(`${container.url}/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(rows),
    });
    const [response, code] = await Promise.all([running, container.stop()]);
    expect(response.status).toBe(200);
    expect(await response.json()).toHaveLength(20_000);
    expect(code).toBe(0);
  });
});

test('with ONNX Runtime it is at most 110 MB, and answers the goldens by it', { timeout: 120_000 }, async () => {
  const { steps } = await deploy(forest, 'fare', 'team/fare:1', '--runtime', 'onnx', '--mount-from', 'team/churn');
  expect(steps[0]?.result['compressedBytes']).toBeLessThan(110e6);
  expect(steps[1]?.result).toMatchObject({ mountedBlobs: 2, sentBlobs: 3 });
  await podman.pull(`${registry.host}/team/fare:1`);
  const container = await podman.start(`${registry.host}/team/fare:1`, { args: ['serve', '--runtime', 'onnx'] });
  expect(await container.logs()).toContain('fare  (onnx)');
  expect(await replay(container.url, forest)).toBeGreaterThan(3);
  expect(await container.stop()).toBe(0);
});

test(
  'the Docker archive and the layout on disk are the same image, and a base for others',
  { timeout: 120_000 },
  async () => {
    const build = (out: string, ...more: string[]) =>
      slipway('build', churn, '--name', 'churn', '--target', 'oci-image', '--out', join(folder, out), ...more);
    const layout = await build('layout');
    const archive = await build('archive', '--format', 'docker');
    expect(archive.steps[0]?.result['digest']).toBe(layout.steps[0]?.result['digest']);
    const sbom = JSON.parse(readFileSync(join(folder, 'layout/sbom.spdx.json'), 'utf8')) as { spdxVersion: string };
    expect(sbom.spdxVersion).toBe('SPDX-2.3');
    const upon = await build('upon', '--base', `${registry.host}/team/churn:1`);
    expect(upon.steps[0]?.result['layers']).toHaveLength(5);
    const { stdout } = await podman.run('load', '--quiet', '--input', join(folder, 'archive/image.tar'));
    expect(stdout).toContain('churn:latest');
    const archived = join(folder, 'archive');
    await podman.run('build', '--isolation=chroot', '--build-arg=BASE=localhost/churn:latest', '--tag=built', archived);
    const container = await podman.start('localhost/built');
    expect(await replay(container.url, churn)).toBeGreaterThan(3);
    expect(await container.stop()).toBe(0);
  },
);

test('the generic image fetches its model, and takes a new one without a restart', { timeout: 120_000 }, async () => {
  let served = readFileSync(churn);
  const host = createServer((_, response) => void response.end(served)).listen(0, '127.0.0.1');
  await once(host, 'listening');
  try {
    await deploy(churn, 'churn', 'team/slipway:1', '--generic', '--mount-from', 'team/churn,team/fare');
    await podman.pull(`${registry.host}/team/slipway:1`);
    const { port } = host.address() as AddressInfo;
    const model = `http://127.0.0.1:${port}/churn.joblib`;
    const environment = { SLIPWAY_MODEL: model, SLIPWAY_FOLLOW: '0.2' };
    const container = await podman.start(`${registry.host}/team/slipway:1`, { environment });
    expect(await replay(container.url, churn)).toBeGreaterThan(3);
    served = readFileSync(forest);
    await expect.poll(async () => (await container.logs()).includes('model switched'), { timeout: 60_000 }).toBe(true);
    expect(await replay(container.url, forest)).toBeGreaterThan(3);
    expect(await container.stop()).toBe(0);
  } finally {
    host.close();
  }
});

test('a registry that is not there changes nothing and is told', async () => {
  const words = ['deploy', churn, '--target', 'oci-image', '--push', '127.0.0.1:1/churn:1', '--home', home];
  await expect(run(process.execPath, [cli, ...words])).rejects.toThrow(/error\[REMOTE_FAILED\].*127\.0\.0\.1:1/s);
});
