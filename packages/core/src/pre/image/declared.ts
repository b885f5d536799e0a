import { fail } from '../../errors/index.ts';
import { presetOf } from './presets.ts';
import type { Filter } from './resample.ts';
import { isImageStep, type ImageStep, type ResizeTo } from './step.ts';

/** The graph input that pictures fill. */
export interface ImageInput {
  readonly name: string;
  readonly dtype: string;
  /** Per-row shape; null where free. */
  readonly shape: readonly (number | null)[];
}

/** What was said about pictures: the name of a preset, or an object as in Hugging Face's preprocessor_config.json. */
export type DeclaredImage = string | Readonly<Record<string, unknown>>;

/** Numbers of PIL.Image.Resampling. */
const filters: readonly Filter[] = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'];
/** Processors whose single number for a size is the shorter side. */
const byShortestSide = /CLIP|ConvNext|LeViT|MobileNet|ResNet|RegNet|Perceiver|Chinese|EfficientFormer/i;
/** Processors that do more than their configuration says. */
const others =
  /Detr|Yolos|Levit|Segformer|Mask2?Former|OneFormer|Sam|Donut|Nougat|LayoutLM|Pix2Struct|Idefics|Llava|Owl|Flava|Video|Efficientnet.*Top/i;
/** Options that change pixels in ways that no step has. */
const unknown = [
  'do_pad',
  'do_thumbnail',
  'do_align_long_axis',
  'do_color_quantize',
  'do_ocr',
  'do_image_splitting',
  'include_top',
];

/**
 * The step that makes a graph's input of a picture. Keys are those of preprocessor_config.json (do_resize, size, resample,
 * do_center_crop, crop_size, do_rescale, rescale_factor, rescale_offset, do_normalize, image_mean, image_std,
 * do_flip_channel_order, crop_pct) and ours (color, layout, orientation, rescale_divisor, crop_rounding). USAGE for the rest.
 */
export function declaredImage(declared: DeclaredImage, input: ImageInput, column: string): ImageStep {
  const { layout, channels, height, width } = layoutOf(input, isObject(declared) ? declared['layout'] : undefined);
  const given = isObject(declared) ? declared : presetOf(declared, height, width);
  const type = given['image_processor_type'] ?? given['feature_extractor_type'];
  const processor = typeof type === 'string' ? type : '';
  const odd = unknown.find((key) => given[key] === true);
  if (others.test(processor)) throw usage(`the processor ${processor} does more than resize and normalise`);
  if (odd) throw usage(`it asks for ${odd}, which is no step here`);
  const color = given['color'] ?? (channels === 1 ? 'L' : given['do_flip_channel_order'] === true ? 'BGR' : 'RGB');
  const [resize, crop] = sizesOf(given, processor, height, width);
  const normalize = normalizeOf(given, channels);
  const step: object = {
    op: 'image',
    version: 1,
    column,
    output: input.name,
    dtype: input.dtype,
    color,
    orientation: given['orientation'] ?? 'stored',
    ...(resize ? { resize } : {}),
    filter: filterOf(given['resample']),
    ...(crop ? { crop: { ...crop, rounding: given['crop_rounding'] === 'half-even' ? 'half-even' : 'down' } } : {}),
    ...scaleOf(given),
    ...(normalize ? { normalize } : {}),
    layout,
  };
  if (!isImageStep(step)) throw usage('a value is missing, out of range or of another type');
  check(step, channels, height, width);
  return step;
}

function layoutOf({ shape, name }: ImageInput, told: unknown) {
  const [a, b, c] = shape;
  const isChannels = (dim: number | null | undefined) => dim === 1 || dim === 3;
  if (shape.length === 2) return { layout: 'HW' as const, channels: 1, height: a ?? null, width: b ?? null };
  const text = typeof told === 'string' ? told.replace(/^N/, '') : undefined;
  if (shape.length === 3 && text !== 'HWC' && (isChannels(a) || (a === null && (text === 'CHW' || !isChannels(c)))))
    return { layout: 'CHW' as const, channels: a ?? 3, height: b ?? null, width: c ?? null };
  if (shape.length === 3 && text !== 'CHW' && (isChannels(c) || c === null))
    return { layout: 'HWC' as const, channels: c ?? 3, height: a ?? null, width: b ?? null };
  throw usage(
    `the input "${name}" takes [${shape.map((dim) => dim ?? 'any').join(', ')}] a row, which is no picture of 1 or 3 channels`,
  );
}

type Side = number | null;

function sizesOf(given: Readonly<Record<string, unknown>>, processor: string, height: Side, width: Side) {
  let resize = given['do_resize'] === false ? undefined : resizeOf(given['size'], processor, height, width);
  let crop =
    given['do_center_crop'] === false || given['crop_size'] === undefined ? undefined : cropOf(given['crop_size']);
  const share = given['crop_pct'];
  if (resize?.shortest !== undefined && typeof share === 'number' && /ConvNext/i.test(processor)) {
    const side = resize.shortest;
    // ConvNext resizes pictures from 384 on without cropping.
    if (side >= 384) resize = { width: side, height: side };
    else {
      resize = { shortest: Math.trunc(side / share) };
      crop = { width: side, height: side };
    }
  }
  return [resize, crop] as const;
}

function resizeOf(size: unknown, processor: string, height: Side, width: Side): ResizeTo | undefined {
  if (typeof size === 'number')
    return byShortestSide.test(processor) ? { shortest: size } : { width: size, height: size };
  if (isObject(size)) {
    const { height: h, width: w, shortest_edge: shortest, longest_edge: longest } = size;
    if (typeof h === 'number' && typeof w === 'number') return { width: w, height: h };
    if (typeof shortest === 'number') return typeof longest === 'number' ? { shortest, longest } : { shortest };
    throw usage('its size has neither height and width nor shortest_edge');
  }
  return height !== null && width !== null ? { width, height } : undefined;
}

function cropOf(size: unknown): { width: number; height: number } {
  if (typeof size === 'number') return { width: size, height: size };
  const { height, width, shortest_edge: side } = isObject(size) ? size : {};
  if (typeof height === 'number' && typeof width === 'number') return { width, height };
  if (typeof side === 'number') return { width: side, height: side };
  throw usage('its crop_size has no height and width');
}

function filterOf(resample: unknown): unknown {
  if (resample === undefined || resample === null) return 'bilinear';
  if (typeof resample === 'number') return filters[resample];
  return typeof resample === 'string' ? resample.toLowerCase() : resample;
}

function scaleOf(given: Readonly<Record<string, unknown>>): { scale?: unknown } {
  if (given['do_rescale'] === false) return {};
  const add =
    given['rescale_offset'] === true ? -1 : typeof given['rescale_offset'] === 'number' ? given['rescale_offset'] : 0;
  if (given['rescale_divisor'] !== undefined) return { scale: { by: given['rescale_divisor'], how: 'divide', add } };
  return { scale: { by: given['rescale_factor'] ?? 1 / 255, how: 'multiply', add } };
}

function normalizeOf(given: Readonly<Record<string, unknown>>, channels: number) {
  const { image_mean: mean, image_std: std } = given;
  if (given['do_normalize'] === false || (mean === undefined && given['do_normalize'] !== true)) return undefined;
  const list = (value: unknown) => (typeof value === 'number' ? Array.from({ length: channels }, () => value) : value);
  return { mean: list(mean), std: list(std) };
}

/** What can be known before the first picture comes. */
function check(
  { color, resize, crop, scale, normalize, dtype }: ImageStep,
  channels: number,
  height: Side,
  width: Side,
): void {
  if ((color === 'L') !== (channels === 1)) throw usage(`it gives ${color} and the graph takes ${channels} channels`);
  if (!dtype.startsWith('float') && (scale || normalize))
    throw usage(`it scales to fractions and the graph takes ${dtype}; add "do_rescale": false, "do_normalize": false`);
  if (normalize && [normalize.mean, normalize.std].some((list) => list.length !== channels && list.length !== 1))
    throw usage(`image_mean and image_std are not for ${channels} channels`);
  if (normalize?.std.includes(0)) throw usage('image_std holds a zero');
  const size = crop ?? (resize?.shortest === undefined ? resize : undefined);
  if (!size || height === null || width === null || (size.width === width && size.height === height)) return;
  throw usage(`it gives pictures of ${size.width} × ${size.height} and the graph takes ${width} × ${height}`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function usage(problem: string) {
  return fail('USAGE', {
    problem: `The preprocessing of pictures cannot be attached: ${problem}.`,
    advice: 'See docs/how-to/images.md for what --image takes.',
  });
}
