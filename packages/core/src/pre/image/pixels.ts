import type { Picture } from '../../formats/image/index.ts';

/** Pixels of 8 bits, row by row, channels side by side. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array;
}

export type Color = 'RGB' | 'BGR' | 'L';

/** The colors of a picture as Pillow's `convert("RGB")` or `convert("L")` gives them; BGR is RGB turned round. */
export function inColor({ width, height, mode, data }: Picture, color: Color): Pixels {
  const rgb = mode === 'CMYK' ? fromInks(data) : data;
  const isGray = mode === 'L';
  if (color === 'L') return { width, height, channels: 1, data: isGray ? data : luminance(rgb) };
  const colors = isGray ? repeated(data) : rgb;
  return { width, height, channels: 3, data: color === 'BGR' ? reversed(colors) : colors };
}

/** ITU-R 601-2 luma in Pillow's fixed point (Convert.c). */
function luminance(rgb: Uint8Array): Uint8Array {
  const out = new Uint8Array(rgb.length / 3);
  for (let i = 0, p = 0; i < out.length; i++, p += 3)
    out[i] =
      ((rgb[p] as number) * 19_595 + (rgb[p + 1] as number) * 38_470 + (rgb[p + 2] as number) * 7_471 + 0x8000) >> 16;
  return out;
}

function repeated(gray: Uint8Array): Uint8Array {
  const out = new Uint8Array(gray.length * 3);
  for (let i = 0; i < gray.length; i++) out.fill(gray[i] as number, i * 3, i * 3 + 3);
  return out;
}

function reversed(rgb: Uint8Array): Uint8Array {
  const out = new Uint8Array(rgb.length);
  for (let p = 0; p < rgb.length; p += 3) {
    out[p] = rgb[p + 2] as number;
    out[p + 1] = rgb[p + 1] as number;
    out[p + 2] = rgb[p] as number;
  }
  return out;
}

function fromInks(cmyk: Uint8Array): Uint8Array {
  const out = new Uint8Array((cmyk.length / 4) * 3);
  for (let i = 0, p = 0; i < cmyk.length; i += 4) {
    const light = 255 - (cmyk[i + 3] as number);
    for (let c = 0; c < 3; c++) {
      const product = (cmyk[i + c] as number) * light + 128;
      out[p++] = Math.max(0, light - (((product >> 8) + product) >> 8));
    }
  }
  return out;
}

/** Turns and mirrors pixels as EXIF's orientation says. */
export function upright(pixels: Pixels, orientation: number): Pixels {
  if (orientation === 1) return pixels;
  const { width, height, channels, data } = pixels;
  const isTurned = orientation > 4;
  const [w, h] = isTurned ? [height, width] : [width, height];
  const out = new Uint8Array(data.length);
  for (let y = 0, to = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const [sx, sy] = isTurned ? [y, x] : [x, y];
      const mirrorX = orientation === 2 || orientation === 3 || orientation === 7 || orientation === 8;
      const mirrorY = orientation === 3 || orientation === 4 || orientation === 6 || orientation === 7;
      const from = ((mirrorY ? height - 1 - sy : sy) * width + (mirrorX ? width - 1 - sx : sx)) * channels;
      for (let c = 0; c < channels; c++) out[to++] = data[from + c] as number;
    }
  }
  return { width: w, height: h, channels, data: out };
}
