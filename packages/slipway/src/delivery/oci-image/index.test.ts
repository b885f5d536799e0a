import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { samplePackage } from '../../../../../test/sample-package.ts';
import { openBase } from './base.ts';
import { composeImage } from './image.ts';
import { ociImage } from './index.ts';
import { makeLayer } from './layer.ts';
import { rootFolder } from './local-root.ts';
import { writeDockerArchive, writeLayout } from './write-image.ts';

const folder = mkdtempSync(join(tmpdir(), 'slipway-image-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const cache = join(folder, 'cache');
const model = { pkg: samplePackage(2), name: 'Sum.Model', version: 3 };
const bytes = (text: string) => new TextEncoder().encode(text);

/** A small base in place of this machine's Node, which takes seconds to pack. */
async function smallBase() {
  const layer = await makeLayer('small base', [{ path: 'usr/local/bin/node', bytes: bytes('node') }], cache);
  return {
    layers: [layer],
    diffIds: [layer.diffId],
    node: '/usr/local/bin/node',
    environment: ['PATH=/usr/local/bin', 'NODE_VERSION=24.1.0'],
    name: 'small',
    digest: layer.descriptor.digest,
    home: undefined,
  };
}

async function smallImage(text: string) {
  const top = await makeLayer('model', [{ path: 'models/sum/a', bytes: bytes(text) }], cache);
  const parts = { layers: [top], architecture: 'amd64' as const, model: '/models/sum', labels: { a: 'b' } };
  return composeImage({ ...parts, base: await smallBase() });
}

describe('the image', () => {
  test('is not run by root, listens for others, and stops by SIGTERM', async () => {
    const { configBytes } = await smallImage('1');
    const { config, rootfs, created } = JSON.parse(new TextDecoder().decode(configBytes)) as {
      config: Record<string, unknown>;
      rootfs: { diff_ids: string[] };
      created: string;
    };
    expect(config).toMatchObject({
      User: '65532:65532',
      Cmd: ['serve'],
      StopSignal: 'SIGTERM',
      Entrypoint: ['/usr/local/bin/node', '/app/index.mjs'],
    });
    expect(config['Env']).toEqual(
      expect.arrayContaining(['SLIPWAY_HOST=0.0.0.0', 'SLIPWAY_AUTH=platform', 'SLIPWAY_MODEL=/models/sum']),
    );
    expect(rootfs.diff_ids).toHaveLength(2);
    expect(created).toBe('1970-01-01T00:00:00Z');
  });

  test('is the same for the same, and another model changes the last layer alone', async () => {
    const [one, same, other] = [await smallImage('1'), await smallImage('1'), await smallImage('2')];
    expect(same.manifest.digest).toBe(one.manifest.digest);
    expect(other.manifest.digest).not.toBe(one.manifest.digest);
    expect(other.layers[0]).toEqual(one.layers[0]);
    expect(other.layers[1]?.descriptor.digest).not.toBe(one.layers[1]?.descriptor.digest);
  });

  test('a layout of ours is a base as well', async () => {
    const image = await smallImage('base');
    await writeLayout(image, join(folder, 'layout'), 'latest');
    await writeDockerArchive(image, join(folder, 'image.tar'), 'sum:3');
    const base = await openBase(join(folder, 'layout'), 'amd64', cache);
    expect(base.node).toBe('/usr/local/bin/node');
    expect(base.digest).toBe(image.manifest.digest);
    expect(base.layers.map(({ descriptor }) => descriptor.digest)).toEqual(
      image.layers.map(({ descriptor }) => descriptor.digest),
    );
    for (const { path } of base.layers) expect(existsSync(path)).toBe(true);
    await expect(openBase(join(folder, 'layout'), 'arm64', cache)).rejects.toMatchObject({
      code: 'UNDELIVERABLE',
      message: expect.stringContaining('not arm64') as string,
    });
    const blob = join(folder, 'layout/blobs/sha256', image.config.digest.slice(7));
    writeFileSync(blob, readFileSync(blob, 'utf8').replace('amd64', 'amd65'));
    await expect(openBase(join(folder, 'layout'), 'amd64', cache)).rejects.toMatchObject({ code: 'UNDELIVERABLE' });
  });

  test('of a base for several processors the fitting one is taken', async () => {
    const place = join(folder, 'several');
    const base = await smallBase();
    const parts = { base, layers: [], model: undefined, labels: {} };
    const images = [
      composeImage({ ...parts, architecture: 'amd64' }),
      composeImage({ ...parts, architecture: 'arm64' }),
    ];
    for (const image of images) await writeLayout(image, place, 'latest');
    const manifests = images.map(({ manifest, platform }) => ({ ...manifest, platform }));
    const index = JSON.stringify({ schemaVersion: 2, manifests });
    const digest = createHash('sha256').update(index).digest('hex');
    writeFileSync(join(place, 'blobs/sha256', digest), index);
    const entry = {
      mediaType: 'application/vnd.oci.image.index.v1+json',
      digest: `sha256:${digest}`,
      size: index.length,
    };
    writeFileSync(join(place, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [entry] }));
    for (const [i, architecture] of (['amd64', 'arm64'] as const).entries())
      expect((await openBase(place, architecture, cache)).digest).toBe(images[i]?.manifest.digest);
  });

  test('a root folder keeps its links, and gets Node where it has none', () => {
    writeFileSync(join(folder, 'plain'), 'x');
    const entries = rootFolder(folder);
    expect(entries.some(({ path }) => path === 'usr/local/bin/node')).toBe(true);
    expect(entries.some(({ path }) => path === 'plain')).toBe(true);
  });
});

describe('the plan', () => {
  test('compose.yaml gives the container nothing that it does not need', async () => {
    const { files } = await ociImage.plan(model, { format: 'dockerfile' });
    const { services } = parse(files['compose.yaml'] as string) as { services: Record<string, unknown> };
    expect(services['Sum.Model']).toMatchObject({ image: 'sum-model:3', read_only: true, cap_drop: ['ALL'] });
    expect(files['Dockerfile']).toMatch(/^ENV SLIPWAY_MODEL=\/models\/Sum\.Model$/m);
  });

  test.for([
    { given: { push: 'no-host' }, code: 'USAGE', says: 'no place in a container registry' },
    { given: { platform: 'windows/amd64' }, code: 'USAGE', says: '--platform must be' },
    { given: { format: 'vhd' }, code: 'USAGE', says: '--format must be' },
  ])('refuses $given', async ({ given, code, says }) => {
    await expect(ociImage.plan(model, given)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(says) as string,
    });
  });

  test('deploys only where there is somewhere to push to', async () => {
    const steps = async (given: Record<string, string>) =>
      (await ociImage.plan(model, given)).steps.map(({ when }) => when);
    expect(await steps({})).toEqual(['build']);
    expect(await steps({ push: '127.0.0.1:5000/sum:3' })).toEqual(['build', 'deploy']);
  });

  test('a base that is nowhere is told', async () => {
    await expect(openBase(join(folder, 'plain'), 'amd64', cache)).rejects.toMatchObject({ code: 'UNDELIVERABLE' });
    await expect(openBase('nowhere', 'amd64', cache)).rejects.toMatchObject({ code: 'USAGE' });
  });
});
