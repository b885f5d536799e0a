import { fail } from '../../errors/index.ts';
import type { DType } from '../../tensor/index.ts';
import type { Filter } from './resample.ts';
import type { Color } from './pixels.ts';

/** A picture becomes the pixels that a graph takes: decoded, resized, cropped, scaled, laid out. Pure data, as in pre.json. */
export interface ImageStep {
  readonly op: 'image';
  /** Raised when a field gets another meaning. */
  readonly version: 1;
  /** Column that holds the picture: base64 text, a data URL, or pixels as the graph takes them as JSON text. */
  readonly column: string;
  /** Graph input that it fills. */
  readonly output: string;
  readonly dtype: Exclude<DType, 'string' | 'bool' | 'bfloat16' | 'int64' | 'uint64'>;
  readonly color: Color;
  /** `exif`: turned upright as the camera says; else as it is stored, like Pillow. */
  readonly orientation: 'stored' | 'exif';
  readonly resize?: ResizeTo | undefined;
  readonly filter: Filter;
  /** The middle; `half-even`: odd margins are rounded as torchvision does, else down as Hugging Face does. */
  readonly crop?:
    | { readonly width: number; readonly height: number; readonly rounding: 'down' | 'half-even' }
    | undefined;
  /** `multiply` in float64, `divide` in float32; then `add`. */
  readonly scale?: { readonly by: number; readonly how: 'multiply' | 'divide'; readonly add: number } | undefined;
  /** Channel by channel: (x - mean) / std, in float32. */
  readonly normalize?: { readonly mean: readonly number[]; readonly std: readonly number[] } | undefined;
  /** Order of the axes behind the rows; HW for gray without a channel. */
  readonly layout: 'CHW' | 'HWC' | 'HW';
}

/** Exactly so large, or by the shorter side (with a longer side that may not be passed). */
export type ResizeTo =
  | { readonly width: number; readonly height: number; readonly shortest?: undefined }
  | { readonly shortest: number; readonly longest?: number | undefined };

const colors: readonly unknown[] = ['RGB', 'BGR', 'L'];
const filters: readonly unknown[] = ['nearest', 'box', 'bilinear', 'hamming', 'bicubic', 'lanczos'];
const layouts: readonly unknown[] = ['CHW', 'HWC', 'HW'];
const dtypes: readonly unknown[] = [
  'float16',
  'float32',
  'float64',
  'int8',
  'int16',
  'int32',
  'uint8',
  'uint16',
  'uint32',
];
const mostSide = 16_384;

/** Whether data that was read from a file is an image step. Throws PACKAGE_UNSUPPORTED for one of a later version. */
export function isImageStep(step: object): step is ImageStep {
  const { op, version, column, output, dtype, color, orientation, resize, filter, crop, scale, normalize, layout } =
    recordOf(step);
  if (op !== 'image') return false;
  if (typeof version === 'number' && version > 1) throw fail('PACKAGE_UNSUPPORTED', { version, supported: 1 });
  const isText = (value: unknown) => typeof value === 'string' && value !== '';
  return (
    version === 1 &&
    isText(column) &&
    isText(output) &&
    dtypes.includes(dtype) &&
    colors.includes(color) &&
    (orientation === 'stored' || orientation === 'exif') &&
    filters.includes(filter) &&
    layouts.includes(layout) &&
    (resize === undefined || isResize(recordOf(resize))) &&
    (crop === undefined || (isSide(recordOf(crop)['width']) && isSide(recordOf(crop)['height']))) &&
    (scale === undefined || (isNumber(recordOf(scale)['by']) && isNumber(recordOf(scale)['add']))) &&
    (normalize === undefined || (isNumbers(recordOf(normalize)['mean']) && isNumbers(recordOf(normalize)['std'])))
  );
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function isResize({ width, height, shortest, longest }: Record<string, unknown>): boolean {
  if (shortest === undefined) return isSide(width) && isSide(height);
  return isSide(shortest) && (longest === undefined || isSide(longest));
}

function isSide(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= mostSide;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isNumbers(value: unknown): boolean {
  return Array.isArray(value) && value.length >= 1 && value.length <= 4 && value.every(isNumber);
}
