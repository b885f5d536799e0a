import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileRows } from '@slipway/core/signature';
import { expect, test } from 'vitest';
import { fixturesFolder } from '../../../../test/fixtures.ts';
import { importPath } from '../../../../test/parity.ts';
import { onnxruntime } from './onnxruntime/index.ts';
import { withPre } from './pre.ts';

const folder = join(fixturesFolder, 'extra/hf-bert-sentiment');
const { rows } = JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8')) as { rows: string[] };

test('many texts are answered in parts, like each of them alone', async () => {
  const { graph, signature, pre } = importPath(join(folder, 'model'));
  await using model = withPre(await onnxruntime.load(graph), pre);
  expect(model.inputs.map(({ name, dtype }) => [name, dtype])).toEqual([['text', 'string']]);
  const decode = compileRows(signature).decode;
  const many = Array.from({ length: 150 }, (_, i) => rows[i % rows.length] as string);
  const all = (await model.infer(decode(many).tensors))['probabilities'];
  expect(all?.shape).toEqual([150, 2]);
  for (const i of [0, 63, 64, 149]) {
    const one = (await model.infer(decode([many[i]]).tensors))['probabilities'];
    expect(all?.data[2 * i]).toBeCloseTo(Number(one?.data[0]), 5);
  }
});

test('an abort is seen between the parts', async () => {
  const { graph, signature, pre } = importPath(join(folder, 'model'));
  await using model = withPre(await onnxruntime.load(graph), pre);
  const { tensors } = compileRows(signature).decode(rows);
  await expect(model.infer(tensors, { signal: AbortSignal.abort() })).rejects.toThrow('abort');
});
