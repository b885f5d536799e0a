import { fail } from '../../errors/index.ts';

type Config = Readonly<Record<string, unknown>>;

const imagenet = { image_mean: [0.485, 0.456, 0.406], image_std: [0.229, 0.224, 0.225] };
const clip = { image_mean: [0.48145466, 0.4578275, 0.40821073], image_std: [0.26862954, 0.26130258, 0.27577711] };

/** Preprocessing that many models share, for a graph of some height and width. */
const presets: Readonly<Record<string, (height: number, width: number) => Config>> = {
  // torchvision: Resize(256), CenterCrop(224), ToTensor(), Normalize(…), and in proportion for other sizes.
  imagenet: (height, width) => ({
    size: { shortest_edge: Math.round((Math.max(height, width) * 256) / 224) },
    crop_size: { height, width },
    crop_rounding: 'half-even',
    rescale_divisor: 255,
    ...imagenet,
  }),
  clip: (height, width) => ({
    size: { shortest_edge: Math.max(height, width) },
    resample: 'bicubic',
    crop_size: { height, width },
    crop_rounding: 'half-even',
    rescale_divisor: 255,
    ...clip,
  }),
  // From -1 to 1, as Keras' MobileNet, Inception and Xception.
  tf: () => ({ rescale_divisor: 127.5, rescale_offset: -1 }),
  unit: () => ({ rescale_divisor: 255 }),
  raw: () => ({ do_rescale: false }),
};

export function presetOf(name: string, height: number | null, width: number | null): Config {
  const preset = Object.hasOwn(presets, name) ? presets[name] : undefined;
  if (!preset) {
    throw fail('USAGE', {
      problem: `There is no image preprocessing called "${name}".`,
      advice: `Give ${Object.keys(presets).join(', ')}, a JSON file such as preprocessor_config.json, or JSON text.`,
    });
  }
  return preset(height ?? 224, width ?? 224);
}
