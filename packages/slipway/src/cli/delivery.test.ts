import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { samplePackage } from '../../../../test/sample-package.ts';
import { run } from '../../../../test/services/run.ts';
import { targets } from '../delivery/index.ts';
import { writePackageFolder } from '../intake/index.ts';
import { deliveryFlags } from './delivery.ts';

const folder = mkdtempSync(join(tmpdir(), 'slipway-delivery-'));
const home = join(folder, 'home');
const model = join(folder, 'sum');
const cli = join(import.meta.dirname, '../../bin/slipway.mjs');
const slipway = (...words: string[]) => run(process.execPath, [cli, ...words, '--home', home], { cwd: folder });

beforeAll(() => writePackageFolder(samplePackage(2).files, model));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('--help lists every target in one line, and the options of one', async () => {
  const { stdout } = await slipway('build', '--help');
  for (const id of Object.keys(targets)) expect(stdout).toMatch(new RegExp(`^  ${id} +\\S`, 'm'));
  const { stdout: onnx } = await slipway('build', '--target', 'onnx', '--help');
  expect(onnx).toMatch(/--vectors N +Most test vectors to write\. Default: 100\. \[SLIPWAY_VECTORS\]/);
});

test('--dry-run says what would be done, and does nothing', async () => {
  const before = readdirSync(folder);
  const { stdout } = await slipway('build', model, '--target', 'onnx', '--dry-run', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ target: 'onnx', model: 'sum', dryRun: true, steps: [] });
  expect(readdirSync(folder)).toEqual(before);
});

test('a folder is written, replaced when it is ours, and left alone when it is not', async () => {
  const build = (...more: string[]) => slipway('build', model, '--target', 'onnx', '--out', 'out', '--json', ...more);
  const { stdout } = await build();
  expect(JSON.parse(stdout)).toMatchObject({ path: 'out', digest: samplePackage(2).digest });
  await build();
  writeFileSync(join(folder, 'out/README.md'), 'mine');
  await expect(build()).rejects.toThrow(/CONFLICT.*out\/README\.md was changed/s);
  await build('--force');
  expect(existsSync(join(folder, 'out/model.onnx'))).toBe(true);
});

test.for([
  { words: ['build', 'x'], says: '--target is missing' },
  { words: ['build', 'x', '--target', 'onxn'], says: 'did you mean onnx' },
  { words: ['build', 'x', '--target', 'onnx'], says: '--out is missing' },
  { words: ['build', 'x', '--target', 'onnx', '--base', 'y'], says: 'no flag --base' },
  { words: ['build', 'x', '--target', 'onnx', '--vectors', 'y'], says: 'must be a number' },
  { words: ['deploy', 'sum', '--target', 'onnx'], says: 'nothing to deploy' },
])('$words is wrong usage: $says', async ({ words, says }) => {
  await expect(slipway(...words)).rejects.toMatchObject({
    message: expect.stringContaining(says) as string,
    cause: { code: 2 },
  });
});

test.for(Object.entries(targets))('options of a target are no flags of the command itself: %s', async ([, load]) => {
  const { options } = await load();
  const taken = new Set(deliveryFlags.map(({ name }) => name));
  expect(Object.keys(options).filter((name) => taken.has(name))).toEqual([]);
});
