import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { readFixture } from '../../../../test/fixtures.ts';
import { makePackage } from '../intake/index.ts';
import { apply } from './apply.ts';
import { targetOf } from './targets.ts';
import { answerDifference, testVectors } from './test-vectors.ts';

const home = mkdtempSync(join(tmpdir(), 'slipway-edge-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

async function delivered(target: string, name: string) {
  const { pkg } = await makePackage(readFixture(name).path, { home, cache: true });
  const model = { pkg, name, version: 2 };
  const out = join(home, `${target}-${name}`);
  const plan = await (await targetOf(target)).plan(model);
  const options = { target, model, out, temporary: home, cache: home, force: true, deploy: false, environment: {} };
  await apply(plan, { ...options, signal: new AbortController().signal, say: () => {} });
  return { pkg, out };
}

/** Runs a program in a process that may not make code of strings, as hosts at the edge forbid it. */
function run(folder: string, program: string, input: unknown): unknown {
  const file = join(folder, 'program.test.mjs');
  writeFileSync(file, program);
  const flags = ['--disallow-code-generation-from-strings', '--no-warnings', file];
  return JSON.parse(
    execFileSync(process.execPath, flags, { input: JSON.stringify(input), encoding: 'utf8', cwd: home }),
  );
}

const hosts = {
  'fetch-handler': `import worker from './worker.mjs';
    import { readFileSync } from 'node:fs';
    const answers = [];
    for (const row of JSON.parse(readFileSync(0, 'utf8'))) {
      const request = new Request('http://edge/predict?extra=ignore', { method: 'POST', body: JSON.stringify(row) });
      answers.push(await (await worker.fetch(request)).json());
    }
    console.log(JSON.stringify(answers));`,
  'aws-lambda': `import { handler } from './function/index.mjs';
    import { readFileSync } from 'node:fs';
    const answers = [];
    for (const row of JSON.parse(readFileSync(0, 'utf8'))) {
      const http = { version: '2.0', rawPath: '/', rawQueryString: 'extra=ignore', requestContext: { http: { method: 'POST' } } };
      answers.push(JSON.parse((await handler({ ...http, body: JSON.stringify(row) })).body));
    }
    console.log(JSON.stringify(answers));`,
} as const;

describe.for(Object.entries(hosts))('%s', ([target, program]) => {
  test.for([
    'sk19-churn-gridsearch-rf',
    'sk15-taxi-fare-rf',
    'sk15-reviews-tfidf-logreg',
    'sk19-taxi-knn',
    'cat12-churn-cbm',
  ])('every golden is answered without code from strings: %s', async (name) => {
    const { pkg, out } = await delivered(target, name);
    const vectors = testVectors(pkg, 60);
    const answers = run(
      out,
      program,
      vectors.map(({ row }) => row),
    ) as unknown[];
    const wrong = vectors.map(({ answer, tolerance }, i) => answerDifference(answer, answers[i], tolerance));
    expect(wrong.filter(Boolean)).toEqual([]);
    expect(vectors.length).toBeGreaterThan(5);
  });

  test('a network is refused with what to do', async () => {
    await expect(delivered(target, 'onnx-digits-cnn-torch')).rejects.toMatchObject({
      code: 'UNDELIVERABLE',
      hint: expect.stringContaining('oci-image') as string,
    });
  });

  test('a host that answers differently does not start', async () => {
    const { out } = await delivered(target, 'sk19-churn-gridsearch-rf');
    const [file, entry] =
      target === 'aws-lambda' ? ['function/model.json', 'function/index.mjs'] : ['model-about.mjs', 'worker.mjs'];
    const path = join(out, file);
    const changed = readFileSync(path, 'utf8').replace(/("probabilities":\s*\{[^}]*?:\s*)0\.\d+/, '$10.123');
    writeFileSync(path, changed);
    await expect(import(pathToFileURL(join(out, entry)).href)).rejects.toMatchObject({ code: 'PARITY_FAILED' });
  });
});

test('the zip of a function is small, and the same for the same', async () => {
  const { out } = await delivered('aws-lambda', 'sk19-churn-gridsearch-rf');
  const zip = readFileSync(join(out, 'function.zip'));
  expect(zip.length).toBeLessThan(2 ** 20);
  await delivered('aws-lambda', 'sk19-churn-gridsearch-rf');
  expect(readFileSync(join(out, 'function.zip'))).toEqual(zip);
});
