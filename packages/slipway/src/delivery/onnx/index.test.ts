import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readOnnx } from '@slipway/core/onnx';
import { sizeOf, tensor, type DType, type Tensor } from '@slipway/core/tensor';
import { bindAnswers } from '@slipway/core/signature';
import { afterAll, expect, test } from 'vitest';
import { makePackage } from '../../intake/index.ts';
import { onnxruntime } from '../../runtimes/onnxruntime/index.ts';
import { needsOnnxRuntime } from '../executor.ts';
import { answerDifference, spread } from '../test-vectors.ts';
import { onnx } from './index.ts';

const root = resolve(import.meta.dirname, '../../../../..');
const home = mkdtempSync(join(tmpdir(), 'slipway-onnx-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

interface Plain {
  readonly dtype: DType;
  readonly shape: number[];
  readonly data: (string | number)[];
}

interface Vector {
  readonly tolerance: { readonly relative: number; readonly absolute: number };
  readonly inputs: Record<string, Plain>;
  readonly outputs: Record<string, Plain>;
  readonly answer: unknown;
}

test.for([
  { name: 'churn', file: join(root, 'examples/churn/model.joblib'), pre: false },
  { name: 'texts', file: join(root, 'fixtures/models/sk15-reviews-tfidf-logreg/sentiment.joblib'), pre: true },
])('ONNX Runtime alone answers every test vector: $name', async ({ name, file, pre }) => {
  const { pkg } = await makePackage(file, { home });
  const { files } = await onnx.plan({ pkg, name, version: undefined });
  expect('pre.json' in files).toBe(pre);
  const vectors = JSON.parse(files['test-vectors.json'] as string) as Vector[];
  expect(vectors.length).toBeGreaterThan(3);
  await using model = await onnxruntime.load(readOnnx(pkg.graph));
  for (const { inputs, outputs, answer, tolerance } of vectors) {
    const given = Object.entries(inputs).map(([port, plain]) => [port, read(plain)] as const);
    const got = await model.infer(Object.fromEntries(given), { outputs: Object.keys(outputs) });
    const rendered = bindAnswers(pkg.manifest.signature, got).value(0);
    expect(answerDifference(answer, rendered, tolerance)).toBeUndefined();
  }
  expect(needsOnnxRuntime(pkg)).toBeUndefined();
});

test('differences are found where they are, and nowhere else', () => {
  const exact = { relative: 0, absolute: 0 };
  const near = { relative: 1e-9, absolute: 0 };
  const answer = { prediction: 'a', probabilities: { a: 0.5, b: 0.5 } };
  expect(answerDifference(answer, { ...answer, warnings: ['w'] }, exact)).toBeUndefined();
  expect(answerDifference(answer, { ...answer, prediction: 'b' }, near)).toBe(
    'answer.prediction: expected "a", received "b"',
  );
  expect(answerDifference({ a: 0.5 }, { a: 0.5 + 1e-12 }, near)).toBeUndefined();
  expect(answerDifference({ a: 0.5 }, { a: 0.5 + 1e-12 }, exact)).toMatch(/^answer\.a: /);
  expect(answerDifference({ a: 1 }, {}, near)).toBe('answer.a: expected 1, received nothing');
  expect(answerDifference({}, { a: 1 }, near)).toBe('answer.a: expected nothing, received 1');
  expect(answerDifference([1, null], [1, 0], near)).toBe('answer.1: expected null, received 0');
});

test('a few of many come from all parts', () => {
  expect(spread([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 3)).toEqual([0, 4, 7]);
  expect(spread([0, 1], 5)).toEqual([0, 1]);
});

function read({ dtype, shape, data }: Plain): Tensor {
  if (dtype === 'string') return tensor('string', shape, data.map(String));
  if (dtype === 'int64')
    return tensor(
      'int64',
      shape,
      BigInt64Array.from(data, (item) => BigInt(item)),
    );
  expect(data.length).toBe(sizeOf(shape));
  return tensor('float64', shape, Float64Array.from(data, Number));
}
