import { fail } from '../../errors/index.ts';
import { pictureLimits } from '../../formats/image/index.ts';
import type { Pixels } from './pixels.ts';
import { resize, type Filter } from './resample.ts';
import type { ImageStep, ResizeTo } from './step.ts';

/** Resizes as the step says; a side by ratio is cut off to a whole number, as torchvision and Hugging Face do. */
export function resizeTo(pixels: Pixels, to: ResizeTo, filter: Filter): Pixels {
  const [width, height] = sizeAfter(pixels, to);
  if (width * height > pictureLimits.pixels)
    throw fail('LIMIT_EXCEEDED', {
      format: 'picture',
      what: `its size of ${width} × ${height} after resizing`,
      limit: `${pictureLimits.pixels} pixels`,
    });
  return resize(pixels, width, height, filter);
}

function sizeAfter({ width, height }: Pixels, to: ResizeTo): [width: number, height: number] {
  if (to.shortest === undefined) return [to.width, to.height];
  const [short, long] = width <= height ? [width, height] : [height, width];
  let [newShort, newLong] = [to.shortest, Math.trunc((to.shortest * long) / short)];
  if (to.longest !== undefined && newLong > to.longest)
    [newShort, newLong] = [Math.trunc((to.longest * newShort) / newLong), to.longest];
  return width <= height ? [Math.max(1, newShort), newLong] : [newLong, Math.max(1, newShort)];
}

/** The middle of a picture; zeros around it where the picture is smaller. */
export function cropTo(pixels: Pixels, { width, height, rounding }: NonNullable<ImageStep['crop']>): Pixels {
  const { channels, data } = pixels;
  const left = margin(pixels.width, width, rounding);
  const top = margin(pixels.height, height, rounding);
  const out = new Uint8Array(width * height * channels);
  for (let y = Math.max(0, -top); y < height && y + top < pixels.height; y++) {
    const from = Math.max(0, left);
    const count = Math.min(pixels.width - from, width + Math.min(0, left));
    const start = ((y + top) * pixels.width + from) * channels;
    out.set(data.subarray(start, start + count * channels), (y * width + Math.max(0, -left)) * channels);
  }
  return { width, height, channels, data: out };
}

/** Pixels to leave out before the middle; negative: zeros to put there, of which Hugging Face puts more in front. */
function margin(size: number, wanted: number, rounding: 'down' | 'half-even'): number {
  const half = (size - wanted) / 2;
  if (rounding === 'down') return Math.floor(half);
  if (half < 0) return Math.ceil(half);
  return Number.isInteger(half) ? half : 2 * Math.round(half / 2);
}
