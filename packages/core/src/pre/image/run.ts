import { fail, SlipwayError } from '../../errors/index.ts';
import { fromBase64 } from '../../formats/base64.ts';
import { decodePicture, orientationOf } from '../../formats/image/index.ts';
import { valuesAs } from './arrays.ts';
import { cropTo, resizeTo } from './geometry.ts';
import { inColor, upright, type Pixels } from './pixels.ts';
import type { ImageStep } from './step.ts';
import { joinRows, type Tensor } from '../../tensor/index.ts';

/** Carries out a step for one picture: the graph's input for one row, `[1, …]`. INVALID_INPUT names the row. */
export function imageOf(step: ImageStep, text: string, path: string): Tensor {
  try {
    if (text.startsWith('[')) return givenPixels(step, text);
    const bytes = bytesOf(text);
    let pixels = inColor(decodePicture(bytes), step.color);
    if (step.orientation === 'exif') pixels = upright(pixels, orientationOf(bytes));
    if (step.resize) pixels = resizeTo(pixels, step.resize, step.filter);
    if (step.crop) pixels = cropTo(pixels, step.crop);
    return laidOut(step, pixels);
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    throw fail('INVALID_INPUT', { problem: `${path}: ${error.message}` }, { cause: error, hint: error.hint });
  }
}

function bytesOf(text: string): Uint8Array {
  const data = /^data:[\w.+/-]*(?:;[\w=.-]+)*;base64,/i.exec(text.slice(0, 200));
  const bytes = fromBase64(data ? text.slice(data[0].length) : text);
  if (bytes?.length) return bytes;
  const isAddress = /^[a-z]+:\/\//i.test(text);
  const problem = `expected a picture as base64, received ${isAddress ? 'an address' : 'other text'} (${JSON.stringify(text.slice(0, 40))}).`;
  throw fail(
    'INVALID_INPUT',
    { problem },
    { hint: 'Send the bytes of a PNG or JPEG file as base64 or as a data: URL; addresses are not fetched.' },
  );
}

/** Pixels that the client prepared itself, exactly as the graph takes them. */
function givenPixels({ dtype }: ImageStep, text: string): Tensor {
  const shape: number[] = [];
  let level: unknown = JSON.parse(text);
  const flat = (Array.isArray(level) ? level : []).flat(Infinity) as number[];
  for (; Array.isArray(level); level = level[0]) shape.push(level.length);
  return { dtype, shape: [1, ...shape], data: valuesAs(dtype, flat) };
}

function laidOut(step: ImageStep, { width, height, channels, data }: Pixels): Tensor {
  const { layout, dtype } = step;
  const values = new Float64Array(data.length);
  const tables = Array.from({ length: channels }, (_, c) => valuesOf(step, c));
  const plane = width * height;
  for (let i = 0, p = 0; i < plane; i++) {
    for (let c = 0; c < channels; c++, p++) {
      values[layout === 'HWC' ? p : c * plane + i] = (tables[c] as Float64Array)[data[p] as number] as number;
    }
  }
  const shape =
    layout === 'HWC' ? [height, width, channels] : layout === 'HW' ? [height, width] : [channels, height, width];
  return { dtype, shape: [1, ...shape], data: valuesAs(dtype, values) };
}

/** What each of the 256 values of a channel becomes: float32 after each operation, in the order of the original processors. */
function valuesOf({ scale, normalize }: ImageStep, channel: number): Float64Array {
  return Float64Array.from({ length: 256 }, (_, value) => {
    let x = value;
    if (scale) x = Math.fround(scale.how === 'divide' ? x / Math.fround(scale.by) : x * scale.by);
    if (scale?.add) x = Math.fround(x + scale.add);
    if (!normalize) return x;
    const at = (list: readonly number[]) => Math.fround((list[channel] ?? list[0]) as number);
    return Math.fround(Math.fround(x - at(normalize.mean)) / at(normalize.std));
  });
}

/** One tensor of several rows; undefined where they differ in shape. */
export function stacked(rows: readonly Tensor[]): Tensor | undefined {
  const [first] = rows;
  if (!first) return undefined;
  const { shape } = first;
  if (rows.some((row) => row.shape.join() !== shape.join())) return undefined;
  return joinRows(rows.map((row) => ({ row })))['row'];
}
