import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importModel } from '@slipway/core/importers';
import { compilePre, type DeclaredImage } from '@slipway/core/pre';
import { pictures as decoder } from '@slipway/core/pre/image';
import { bindAnswers, compileRows, exampleRow, rowSchema, type AnswerValue } from '@slipway/core/signature';
import { expect, test } from 'vitest';
import { onnxruntime } from '../packages/slipway/src/runtimes/onnxruntime/index.ts';
import { withPre } from '../packages/slipway/src/runtimes/pre.ts';
import { nodeInflate } from '../packages/slipway/src/stores/inflate.ts';
import { fixturesFolder } from './fixtures.ts';
import { sourceOf } from './parity.ts';

interface Case {
  readonly pictures: readonly string[];
  readonly answers: readonly AnswerValue[];
  /** What went into the network: shape, first numbers and sum. */
  readonly inputs: readonly {
    readonly shape: readonly number[];
    readonly first: readonly number[];
    readonly sum: number;
  }[];
  readonly image?: DeclaredImage;
}

const folder = join(fixturesFolder, 'image-models');
const read = (picture: string) => readFileSync(join(fixturesFolder, 'images', picture)).toString('base64');

test.for(readdirSync(folder))('%s: pictures become what Pillow and numpy make of them', async (name) => {
  const { pictures, answers, inputs, image } = JSON.parse(
    readFileSync(join(folder, name, 'case.json'), 'utf8'),
  ) as Case;
  const { signature, graph, pre, report } = importModel(sourceOf(join(folder, name)), { inflate: nodeInflate, image });
  expect(report.warnings).toEqual([]);
  const rows = compileRows(signature);
  const given = compilePre(pre ?? [], new Set(graph.graph.inputs.map((input) => input.name)), { pictures: decoder });
  await using model = withPre(await onnxruntime.load(graph), pre);
  for (const [i, picture] of pictures.entries()) {
    const { tensors, single } = rows.decode(read(picture));
    expect(single).toBe(true);
    const pixels = given(tensors)['x'];
    expect(pixels?.shape.slice(1), picture).toEqual(inputs[i]?.shape);
    const raw = pixels?.data as Float32Array;
    const numbers = Array.from(pixels?.dtype === 'float16' ? new Float16Array(raw.buffer) : raw);
    // Bit-equal: the numbers of the fixture are those of the arrays.
    expect(numbers.slice(0, 5), picture).toEqual(inputs[i]?.first);
    expect(
      numbers.reduce((sum, value) => sum + value, 0),
      picture,
    ).toBeCloseTo(inputs[i]?.sum as number, 6);
    const outputs = await model.infer(tensors);
    expectClose(bindAnswers(signature, outputs).value(0), answers[i] as AnswerValue, picture);
  }
  // A row as an object, a data URL, TensorFlow Serving's form, and pixels that the client prepared.
  const [first = ''] = pictures;
  const url = `data:image/${first.endsWith('png') ? 'png' : 'jpeg'};base64,${read(first)}`;
  const size = inputs[0]?.shape as number[];
  const numbers = given(rows.decode(read(first)).tensors)['x']?.data as Float32Array;
  const nest = (values: readonly number[], [dim = 1, ...rest]: readonly number[]): unknown =>
    rest.length
      ? Array.from({ length: dim }, (_, i) =>
          nest(values.slice((i * values.length) / dim, ((i + 1) * values.length) / dim), rest),
        )
      : values;
  const forms: unknown[] = [{ image: read(first) }, url, { b64: read(first) }, { image: { b64: read(first) } }];
  if (graph.graph.inputs[0]?.dtype !== 'float16') forms.push(nest([...numbers], size));
  for (const form of forms) {
    const { tensors, single } = rows.decode(form);
    expect(single).toBe(true);
    expectClose(
      bindAnswers(signature, await model.infer(tensors)).value(0),
      answers[0] as AnswerValue,
      JSON.stringify(form).slice(0, 40),
    );
  }
  expect(JSON.stringify(rowSchema(signature))).toContain('"contentMediaType":"image/*"');
  const example = exampleRow(signature);
  expect(rows.decode(example).count).toBe(1);
  await model.infer(rows.decode(example).tensors);
});

test('many pictures at once are answered in order', async () => {
  const { pictures, answers } = JSON.parse(readFileSync(join(folder, 'vit', 'case.json'), 'utf8')) as Case;
  const { signature, graph, pre } = importModel(sourceOf(join(folder, 'vit')), { inflate: nodeInflate });
  await using model = withPre(await onnxruntime.load(graph), pre);
  const { tensors, count } = compileRows(signature).decode(pictures.map((picture) => ({ image: read(picture) })));
  expect(count).toBe(pictures.length);
  const bound = bindAnswers(signature, await model.infer(tensors));
  for (const [i, answer] of answers.entries()) expectClose(bound.value(i), answer, pictures[i] as string);
});

test.for([
  ['a picture that ends too early', (): string => read('rgb.png').slice(0, 400), 'ends too early'],
  ['a JPEG that ends too early', (): string => read('q90-0.jpg').slice(0, 900), 'JPEG'],
  ['another format', (): string => Buffer.from('GIF89a…').toString('base64'), 'GIF'],
  ['an address', (): string => 'https://example.com/cat.png', 'an address'],
  ['no base64', (): string => 'cat!', 'base64'],
  ['no picture', (): string => Buffer.from('hello').toString('base64'), 'PNG or JPEG'],
  ['a header that lies', (): string => pngOf(60_000, 1000), 'less than its header claims'],
  ['a bomb', (): string => pngOf(60_000, 60_000), 'limit'],
] as const)('%s is an error of the row', async ([, make, says]) => {
  const { signature, graph, pre } = importModel(sourceOf(join(folder, 'vit')), { inflate: nodeInflate });
  await using model = withPre(await onnxruntime.load(graph), pre);
  const { tensors } = compileRows(signature).decode([read('rgb.png'), make()]);
  await expect(model.infer(tensors)).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    message: expect.stringMatching(new RegExp(`rows\\[1\\].image: .*${says}`)),
  });
});

test.for([
  [{ size: { height: 8, width: 8 } }, 'the graph takes 32 × 32'],
  [{ do_pad: true }, 'do_pad'],
  [{ image_processor_type: 'DetrImageProcessor' }, 'DetrImageProcessor'],
  [{ color: 'L' }, '3 channels'],
  [{ image_mean: [0.5], image_std: [0] }, 'zero'],
  ['no-such-preset', 'no-such-preset'],
] as const)('%j does not fit', ([image, says]) => {
  expect(() => importModel(sourceOf(join(folder, 'vit')), { inflate: nodeInflate, image })).toThrow(
    expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(says) }),
  );
});

/** A PNG with a header of that size and next to no pixels. */
function pngOf(width: number, height: number): string {
  const bytes = Buffer.from(readFileSync(join(fixturesFolder, 'images', 'gray.png')));
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  bytes.writeUInt32BE(crc(bytes.subarray(12, 29)), 29);
  return bytes.toString('base64');
}

function crc(bytes: Uint8Array): number {
  let value = -1;
  for (const byte of bytes) {
    value ^= byte;
    for (let k = 0; k < 8; k++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  }
  return ~value >>> 0;
}

function expectClose(got: AnswerValue | undefined, expected: AnswerValue, where: string): void {
  if (typeof expected === 'number')
    expect(Math.abs((got as number) - expected), where).toBeLessThanOrEqual(1e-6 + 1e-5 * Math.abs(expected));
  else if (typeof expected !== 'object' || expected === null) expect(got, where).toBe(expected);
  else
    for (const [key, value] of Object.entries(expected))
      expectClose((got as Record<string, AnswerValue>)[key], value, `${where}.${key}`);
}
