import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodePicture } from '@slipway/core/formats/image';
import { expect, test } from 'vitest';
import { inColor } from '../packages/core/src/pre/image/pixels.ts';
import { resize, type Filter } from '../packages/core/src/pre/image/resample.ts';
import { fixturesFolder } from './fixtures.ts';

const folder = join(fixturesFolder, 'images');
const cases = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8')) as {
  readonly decoded: readonly { file: string; width: number; height: number; rgb: string; gray: string }[];
  readonly resized: readonly { file: string; width: number; height: number; filter: Filter; sha256: string }[];
};
const read = (file: string) => decodePicture(new Uint8Array(readFileSync(join(folder, file))));
const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

test.for(cases.decoded)('$file is decoded bit-equal to Pillow', ({ file, width, height, rgb, gray }) => {
  const picture = read(file);
  expect([picture.width, picture.height]).toEqual([width, height]);
  expect([sha(inColor(picture, 'RGB').data), sha(inColor(picture, 'L').data)]).toEqual([rgb, gray]);
});

test.for(cases.resized)('$file by $filter to $width × $height is bit-equal to Pillow', (one) => {
  const picture = read(one.file);
  const pixels = inColor(picture, picture.mode === 'L' ? 'L' : 'RGB');
  expect(sha(resize(pixels, one.width, one.height, one.filter).data)).toBe(one.sha256);
});
