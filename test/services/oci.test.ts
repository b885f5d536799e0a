import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  artifactOf,
  manifestBytes,
  mediaTypes,
  OciRepository,
  parseOciReference,
  pullPackage,
  pushPackage,
  readDescriptor,
  type Descriptor,
  type OciManifest,
} from '../../packages/slipway/src/oci/index.ts';
import { samplePackage } from '../sample-package.ts';
import { startDockerRegistry, type DockerRegistry } from './docker-registry.ts';
import { aptInstall } from './install.ts';
import { run } from './run.ts';
import { startSlipway } from './server.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'slipway-oci-'));
const cli = join(root, 'packages/slipway/bin/slipway.mjs');
let open: DockerRegistry;
let locked: DockerRegistry;

beforeAll(async () => {
  await aptInstall('/usr/bin/htpasswd', 'apache2-utils');
  const users = execFileSync('/usr/bin/htpasswd', ['-nbB', 'ada', 'secret'], { encoding: 'utf8' });
  open = await startDockerRegistry(join(folder, 'open'));
  locked = await startDockerRegistry(join(folder, 'locked'), users);
  await slipway('first', 'import', join(root, 'examples/churn/model.joblib'), '--name', 'churn');
});
afterAll(async () => {
  await open[Symbol.asyncDispose]();
  await locked[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a command with a home folder of this name, and gives what it printed as JSON. */
async function slipway(home: string, ...args: string[]): Promise<Record<string, unknown>> {
  return await slipwayIn({}, home, ...args);
}

async function slipwayIn(env: NodeJS.ProcessEnv, home: string, ...args: string[]): Promise<Record<string, unknown>> {
  const full = { ...process.env, DOCKER_CONFIG: join(folder, 'nowhere'), ...env };
  const { stdout } = await run(process.execPath, [cli, ...args, '--home', join(folder, home), '--json'], {
    cwd: folder,
    env: full,
  });
  return JSON.parse(stdout) as Record<string, unknown>;
}

test('a package that is pushed is the same package when it is pulled elsewhere', async () => {
  const place = `${open.host}/team/churn:1`;
  const pushed = await slipway('first', 'push', 'churn:1', place);
  expect(pushed).toMatchObject({ place, digest: expect.stringMatching(/^sha256:/) as string });
  expect(await slipway('first', 'push', 'churn:1', place)).toMatchObject({ digest: pushed['digest'], sent: 0 });
  const pulled = await slipway('second', 'pull', place, '--alias', 'champion');
  expect(pulled).toMatchObject({ model: 'churn', version: 1, digest: pushed['package'], aliases: ['champion'] });
  expect(await slipway('second', 'pull', `${open.host}/team/churn@${String(pushed['digest'])}`)).toMatchObject({
    existed: true,
  });
  const headers = { accept: 'application/vnd.oci.image.manifest.v1+json' };
  const manifest = (await (await fetch(`http://${open.host}/v2/team/churn/manifests/1`, { headers })).json()) as {
    artifactType: string;
    layers: unknown[];
  };
  expect(manifest.artifactType).toBe('application/vnd.cncf.model.manifest.v1+json');
  const layers = manifest.layers.map(readDescriptor);
  const weight = layers.find((layer) => layer?.annotations?.['org.cncf.model.filepath'] === 'model.onnx');
  expect(weight?.mediaType).toBe('application/vnd.cncf.model.weight.v1.raw');
});

test('a server serves what lies in a registry, and only what is signed when it must be', async () => {
  await slipway('first', 'sign', '--new-key', 'release');
  await slipway('first', 'sign', '--new-key', 'stranger');
  const place = `${open.host}/team/signed:1`;
  await slipway('first', 'push', 'churn:1', place);
  const refused = slipway('first', 'pull', place, '--require-signature', 'release.pub');
  await expect(refused).rejects.toThrow('SIGNATURE_MISSING');
  await slipway('first', 'sign', `oci:${place}`, '--key', 'release.key');
  await expect(slipway('third', 'pull', place, '--require-signature', 'stranger.pub')).rejects.toThrow(
    'SIGNATURE_MISSING',
  );
  expect(await slipway('third', 'pull', place, '--require-signature', 'release.pub')).toMatchObject({ signatures: 1 });
  // The signature came with the package: the registry of this home knows it as well.
  const env = { ...process.env, SLIPWAY_HOME: join(folder, 'third') };
  const trusting = ['--require-signature', join(folder, 'release.pub')];
  for (const word of [`oci:${place}`, 'signed']) {
    const server = await startSlipway(['serve', word, ...trusting], { env });
    const row = (JSON.parse(readFileSync(join(root, 'examples/churn/rows.json'), 'utf8')) as unknown[])[0];
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${server.url}/predict`, { method: 'POST', headers, body: JSON.stringify(row) });
    expect(await answer.json()).toMatchObject({ prediction: expect.any(String) as string });
    await server.stop();
  }
  const untrusted = slipway('third', 'serve', 'signed', '--port', '0', '--require-signature', 'stranger.pub');
  await expect(untrusted).rejects.toThrow('has no signature by one of the keys');
});

test('what was signed before it is pushed takes its signature along', async () => {
  await slipway('first', 'sign', 'churn:1', '--key', 'release.key');
  const place = `${open.host}/team/along:1`;
  expect(await slipway('first', 'push', 'churn:1', place)).toMatchObject({ signatures: 1 });
  expect(await slipway('fourth', 'import', `oci:${place}`, '--name', 'along')).toMatchObject({ version: 1 });
  expect(await slipway('fifth', 'pull', place, '--require-signature', 'release.pub')).toMatchObject({ signatures: 1 });
});

test('credentials come from docker login, from its helpers, or from the environment', async () => {
  const place = `${locked.host}/team/churn:1`;
  await expect(slipway('first', 'push', 'churn:1', place)).rejects.toThrow('docker login');
  const login = join(folder, 'login');
  execFileSync('mkdir', ['-p', login]);
  const auth = Buffer.from('ada:secret').toString('base64');
  writeFileSync(join(login, 'config.json'), JSON.stringify({ auths: { [locked.host]: { auth } } }));
  expect(await slipwayIn({ DOCKER_CONFIG: login }, 'first', 'push', 'churn:1', place)).toMatchObject({ place });
  const env = { SLIPWAY_OCI_USERNAME: 'ada', SLIPWAY_OCI_PASSWORD: 'secret' };
  expect(await slipwayIn(env, 'sixth', 'pull', place)).toMatchObject({ model: 'churn' });
  const helper = join(folder, 'docker-credential-test');
  writeFileSync(helper, `#!/bin/sh\necho '{"Username":"ada","Secret":"secret"}'\n`, { mode: 0o755 });
  writeFileSync(join(login, 'config.json'), JSON.stringify({ credHelpers: { [locked.host]: 'test' } }));
  const path = `${folder}:${process.env['PATH']}`;
  const asked = await slipwayIn({ DOCKER_CONFIG: login, PATH: path }, 'sixth', 'pull', place);
  expect(asked).toMatchObject({ existed: true });
});

test('what is no package, and what is not there, is told', async () => {
  await expect(slipway('first', 'pull', `${open.host}/team/churn:nope`)).rejects.toThrow('FILE_NOT_FOUND');
  await expect(slipway('first', 'pull', '127.0.0.1:1/team/churn:1')).rejects.toThrow('REMOTE_FAILED');
  const config = Buffer.from('{}');
  const begun = await fetch(`http://${open.host}/v2/team/other/blobs/uploads/`, { method: 'POST' });
  const digest = 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a';
  await fetch(`${begun.headers.get('location')}&digest=${digest}`, { method: 'PUT', body: config });
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const own = { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: 2 };
  await fetch(`http://${open.host}/v2/team/other/manifests/1`, {
    method: 'PUT',
    headers: { 'content-type': mediaType },
    body: JSON.stringify({ schemaVersion: 2, mediaType, config: own, layers: [] }),
  });
  await expect(slipway('first', 'pull', `${open.host}/team/other:1`)).rejects.toThrow('UNSUPPORTED_FORMAT');
});

test('a package changed in the registry is refused', async () => {
  const repository = new OciRepository(parseOciReference(`${open.host}/team/changed:1`));
  const artifact = artifactOf(samplePackage(1));
  await pushPackage(repository, artifact);
  const other = artifactOf(samplePackage(2));
  await pushPackage(new OciRepository(parseOciReference(`${open.host}/team/changed:2`)), other);
  const isGraph = (layer: Descriptor) => layer.annotations?.['org.cncf.model.filepath'] === 'model.onnx';
  const graph = other.manifest.layers.find(isGraph) ?? artifact.manifest.config;
  const layers = artifact.manifest.layers.map((layer) => (isGraph(layer) ? graph : layer));
  const forged: OciManifest = { ...artifact.manifest, layers };
  await repository.putManifest(manifestBytes(forged), mediaTypes.manifest, '1');
  await expect(pullPackage(repository)).rejects.toMatchObject({ code: 'PACKAGE_CORRUPT' });
  expect(await repository.mountBlob(graph.digest, 'team/churn')).toBe(false);
  const elsewhere = new OciRepository(parseOciReference(`${open.host}/team/mounted:1`));
  expect(await elsewhere.mountBlob(graph.digest, 'team/changed')).toBe(true);
});
