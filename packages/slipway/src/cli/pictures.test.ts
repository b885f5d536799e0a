import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fixturesFolder } from '../../../../test/fixtures.ts';
import { ModelPlane } from '../engine/index.ts';
import { readPackageFolder } from '../intake/package-folder.ts';
import { startServer, type RunningServer } from '../server/index.ts';
import { loadServed } from './load-served.ts';

const run = promisify(execFile);
const bin = resolve(import.meta.dirname, '../../bin/slipway.mjs');
const folder = mkdtempSync(join(tmpdir(), 'slipway-pictures-'));
const models = join(fixturesFolder, 'image-models');
const pictures = join(fixturesFolder, 'images');
const { pictures: names, answers } = JSON.parse(readFileSync(join(models, 'vit', 'case.json'), 'utf8')) as {
  readonly pictures: readonly string[];
  readonly answers: readonly { readonly prediction: string; readonly scores: Readonly<Record<string, number>> }[];
};
const bytesOf = (name: string) => readFileSync(join(pictures, name));
const typeOf = (name: string) => (name.endsWith('.png') ? 'image/png' : 'image/jpeg');

async function slipway(...words: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [bin, ...words], {
    cwd: folder,
    env: { ...process.env, SLIPWAY_HOME: join(folder, 'home') },
  });
  return stdout;
}

let server: RunningServer;
beforeAll(async () => {
  // The file alone is named; what says how it is fed lies beside it.
  cpSync(join(models, 'vit'), join(folder, 'vit'), { recursive: true });
  await slipway('import', 'vit/model.onnx', '--out', 'vit-package');
  const pkg = readPackageFolder(join(folder, 'vit-package'));
  const plane = new ModelPlane();
  await plane.serve(['vit'], () => loadServed({ pkg, name: 'vit', version: 1 }, undefined));
  server = await startServer({ plane, version: '0.0.0', port: 0 });
}, 60_000);
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const post = (body: RequestInit['body'], type?: string) =>
  fetch(`${server.url}/predict`, {
    method: 'POST',
    ...(type === undefined ? {} : { headers: { 'content-type': type } }),
    ...(body === undefined ? {} : { body }),
  });

function expectAnswer(got: unknown, i: number): void {
  const { prediction, scores } = got as (typeof answers)[number];
  expect(prediction).toBe(answers[i]?.prediction);
  for (const [label, score] of Object.entries(answers[i]?.scores ?? {})) expect(scores[label]).toBeCloseTo(score, 4);
}

test('a picture as the body', async () => {
  for (const [i, name] of names.entries()) expectAnswer(await (await post(bytesOf(name), typeOf(name))).json(), i);
});

test('files of a form: one is a row, several are rows', async () => {
  const form = new FormData();
  names.forEach((name) => form.append('image', new Blob([bytesOf(name)], { type: typeOf(name) }), name));
  const all = (await (await post(form)).json()) as unknown[];
  expect(all.length).toBe(names.length);
  all.forEach((answer, i) => expectAnswer(answer, i));
  const single = new FormData();
  single.append('file', new Blob([bytesOf(names[0] as string)]), 'cat.png');
  expectAnswer(await (await post(single)).json(), 0);
});

test('base64 in JSON', async () => {
  const text = bytesOf(names[0] as string).toString('base64');
  expectAnswer(await (await post(JSON.stringify(text), 'application/json')).json(), 0);
  expectAnswer(await (await post(JSON.stringify({ image: text }), 'application/json')).json(), 0);
  const both = (await (await post(JSON.stringify([text, { image: text }]), 'application/json')).json()) as unknown[];
  both.forEach((answer) => expectAnswer(answer, 0));
});

test.for([
  ['no picture', () => post(Buffer.from('hello'), 'image/png'), 400, 'INVALID_INPUT', 'PNG or JPEG'],
  [
    'a damaged picture',
    () => post(bytesOf('rgb.png').subarray(0, 300), 'image/png'),
    400,
    'INVALID_INPUT',
    'too early',
  ],
  [
    'a form without files',
    () => post('--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--b--', 'multipart/form-data; boundary=b'),
    400,
    'INVALID_REQUEST',
    'no file',
  ],
  [
    'a broken form',
    () => post('--b\r\ncontent', 'multipart/form-data; boundary=b'),
    400,
    'INVALID_REQUEST',
    'too early',
  ],
  ['a form without a boundary', () => post('x', 'multipart/form-data'), 400, 'INVALID_REQUEST', 'boundary'],
  ['another type', () => post('x', 'image/webp'), 415, 'UNSUPPORTED_MEDIA_TYPE', 'image/webp'],
] as const)('%s', async ([, send, status, code, says]) => {
  const response = await send();
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ code, detail: expect.stringContaining(says) });
});

test('the documents say what is taken', async () => {
  const openapi = JSON.stringify(await (await fetch(`${server.url}/openapi.json`)).json());
  expect(openapi).toContain('"contentMediaType":"image/*"');
  expect(openapi).toContain('multipart/form-data');
  expect(await (await fetch(server.url, { headers: { accept: 'text/html' } })).text()).toContain('type="file"');
});

test('predict takes a picture file, and lines of JSON', { timeout: 60_000 }, async () => {
  const [first = '', second = ''] = names;
  expectAnswer(JSON.parse(await slipway('predict', 'vit-package', '--input', join(pictures, first))), 0);
  const lines = [first, second].map((name) => `${JSON.stringify({ image: bytesOf(name).toString('base64') })}\n`);
  writeFileSync(join(folder, 'rows.jsonl'), lines.join(''));
  const out = await slipway('predict', 'vit/model.onnx', '--input', 'rows.jsonl');
  out
    .trim()
    .split('\n')
    .forEach((line, i) => expectAnswer(JSON.parse(line), i));
});

test('weights beside a file are found, and nothing outside of its folder', { timeout: 60_000 }, async () => {
  const source = join(fixturesFolder, 'onnx', 'external-data');
  cpSync(source, join(folder, 'external'), { recursive: true });
  const { rows } = JSON.parse(readFileSync(join(source, 'case.json'), 'utf8')) as { readonly rows: readonly unknown[] };
  writeFileSync(join(folder, 'row.json'), JSON.stringify(rows[0]));
  expect(await slipway('predict', 'external/model.onnx', '--input', 'row.json')).toContain('"outputs"');
  rmSync(join(folder, 'external', 'weights.bin'));
  const failed = await slipway('predict', 'external/model.onnx', '--input', 'row.json').catch(
    (error: { stderr: string }) => error.stderr,
  );
  expect(failed).toContain('weights.bin');
});
