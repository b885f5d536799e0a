import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSlipway, type SlipwayProcess } from './server.ts';
import { run } from './run.ts';
import { venv } from './venv.ts';

const slipway = resolve(import.meta.dirname, '../../packages/slipway/bin/slipway.mjs');
let folder: string;
let server: SlipwayProcess;
let key: string;
let schemathesis: string;

beforeAll(async () => {
  const python = await venv('schemathesis', ['schemathesis==4.32.5']);
  schemathesis = join(dirname(python), 'schemathesis');
  folder = mkdtempSync(join(tmpdir(), 'slipway-schemathesis-'));
  const made = await run(process.execPath, [
    slipway,
    'keys',
    'create',
    'fuzz',
    '--scope',
    'admin',
    '--json',
    '--home',
    folder,
  ]);
  ({ key } = JSON.parse(made.stdout) as { key: string });
  server = await startSlipway(['up', '--home', folder]);
}, 600_000);
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('the OpenAPI document is true: Schemathesis finds nothing', async () => {
  const options = `--phases examples,coverage,fuzzing --max-examples 10 --seed 1 --continue-on-failure --no-color`;
  const config = join(import.meta.dirname, 'schemathesis.toml');
  const target = ['run', `${server.url}/openapi.json`, '--header', `X-API-Key: ${key}`];
  const args = ['--config-file', config, ...target, ...options.split(' ')];
  const { stdout } = await promisify(execFile)(schemathesis, args, {
    cwd: folder,
    timeout: 240_000,
    maxBuffer: 1 << 26,
  }).catch((error: { stdout?: string; message: string }) => ({ stdout: `FAILED ${error.message}\n${error.stdout}` }));
  const tested = Number(/Tested: +(\d+)/.exec(stdout)?.[1] ?? 0);
  expect(tested, stdout).toBeGreaterThan(40);
  expect(stdout.startsWith('FAILED'), stdout).toBe(false);
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
}, 300_000);
