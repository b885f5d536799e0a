import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from './run.ts';
import { startSlipway } from './server.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const example = join(root, 'examples/churn');
const rows = JSON.parse(readFileSync(join(example, 'rows.json'), 'utf8')) as Record<string, unknown>[];
const answers = readFileSync(join(example, 'answers.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as { prediction: string; probabilities: Record<string, number> });

/** As a user has it: the machine's own Node, nothing of this repository in the PATH, no settings of the running npm. */
const env: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(?:npm_|NODE_|SLIPWAY_|VITEST|CI$)/i.test(name)),
);
env['PATH'] = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((folder) => !folder.startsWith(root))
  .join(delimiter);

const folders: string[] = [];
const emptyFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-pack-'));
  folders.push(folder);
  return folder;
};
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

describe.for([
  { name: 'npm run pack', pack: ['run', 'pack'], has: 'packages/slipway/dist/joined/main.js' },
  { name: 'a plain npm pack', pack: ['pack'], has: 'packages/slipway/src/cli/main.ts' },
])('the tarball of $name, in an empty folder', ({ pack, has }) => {
  const folder = emptyFolder();
  const home = emptyFolder();
  const npx = async (...args: string[]) =>
    run('npx', ['--no-install', 'slipway', ...args, '--home', home], { cwd: folder, env });

  beforeAll(async () => {
    const target = emptyFolder();
    await run('npm', pack[0] === 'run' ? pack : [...pack, '--pack-destination', target], { cwd: root, env });
    const place = pack[0] === 'run' ? join(root, 'dist') : target;
    const tarball = readdirSync(place).find((name) => name.endsWith('.tgz'));
    writeFileSync(join(folder, 'package.json'), '{}');
    await run('npm', ['install', '--no-audit', '--no-fund', join(place, tarball!)], { cwd: folder, env });
  });

  test('has what it runs, and no tests', () => {
    const installed = join(folder, 'node_modules/slipway');
    expect(existsSync(join(installed, has))).toBe(true);
    const files = readdirSync(installed, { recursive: true, encoding: 'utf8' });
    expect(files.filter((file) => /\.test\.|__pycache__|fixtures/.test(file))).toEqual([]);
    expect(files).toContain(join('python', 'slipway_save.py'));
  });

  test('predicts as scikit-learn does', async () => {
    const { stdout } = await npx('predict', join(example, 'model.joblib'), '--input', join(example, 'rows.csv'));
    expect(stdout.trimEnd().split('\n').map(simple)).toEqual(answers.map((answer) => simple(JSON.stringify(answer))));
  });

  test('says what went wrong, with the right exit code', async () => {
    await expect(npx('no-such-verb')).rejects.toMatchObject({ cause: { code: 2 } });
    await expect(npx('predict', 'no-such-file.joblib')).rejects.toMatchObject({
      cause: { code: 1, stderr: expect.stringMatching(/^error\[[A-Z_]+\]: /m) },
    });
  });

  test('serves, and ends on SIGTERM', async () => {
    const bin = join(folder, 'node_modules/.bin/slipway');
    const start = { command: [bin], cwd: folder, env };
    const server = await startSlipway(['serve', join(example, 'model.joblib'), '--home', home], start);
    try {
      const reply = await fetch(`${server.url}/predict`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(rows),
      });
      const got = (await reply.json()) as unknown[];
      expect(got.map((answer) => simple(JSON.stringify(answer)))).toEqual(
        answers.map((answer) => simple(JSON.stringify(answer))),
      );
    } finally {
      expect(await server.stop()).toBe(0);
    }
  });
});

/** An answer in the digits that every platform's exp() agrees on. */
function simple(line: string): unknown {
  const { prediction, probabilities } = JSON.parse(line) as (typeof answers)[number];
  const rounded = Object.entries(probabilities).map(([label, value]) => [label, value.toPrecision(12)]);
  return { prediction, probabilities: Object.fromEntries(rounded) as Record<string, string> };
}
