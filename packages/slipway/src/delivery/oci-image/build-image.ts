import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { version } from '../../intake/version.ts';
import type { StepContext } from '../plan.ts';
import { labelOf, type DeliveredModel } from '../target.ts';
import {
  modelEntries,
  modelPlace,
  onnxRuntimeEntries,
  onnxRuntimeFiles,
  serverEntries,
  serverFiles,
} from './app-layers.ts';
import { openBase, type Base } from './base.ts';
import { composeImage, type Image } from './image.ts';
import { makeLayer } from './layer.ts';
import type { Architecture } from './platform.ts';

export interface ImageOptions {
  readonly model: DeliveredModel;
  readonly base: string | undefined;
  readonly architecture: Architecture;
  readonly withOnnxRuntime: boolean;
  readonly generic: boolean;
}

export interface BuiltImage {
  readonly image: Image;
  readonly base: Base;
  readonly onnxRuntime: string | undefined;
}

/** Builds the image: base, ONNX Runtime where it is needed, the server, and last the model. */
export async function buildImage(
  options: ImageOptions,
  { cache, say }: Pick<StepContext, 'cache' | 'say'>,
): Promise<BuiltImage> {
  const { model, architecture, withOnnxRuntime, generic } = options;
  say('preparing the base');
  const base = await openBase(options.base, architecture, cache);
  const layers = [];
  if (withOnnxRuntime) layers.push(await makeLayer('ONNX Runtime', onnxRuntimeEntries(architecture), cache));
  layers.push(await makeLayer(`Slipway ${version}`, await serverEntries(), cache));
  if (!generic) layers.push(await makeLayer(`model ${model.pkg.digest}`, modelEntries(model), cache));
  const image = composeImage({
    base,
    layers,
    architecture,
    model: generic ? undefined : `/${modelPlace(model.name)}`,
    labels: labelsOf(options, base),
  });
  return { image, base, onnxRuntime: withOnnxRuntime ? onnxRuntimeVersion(architecture) : undefined };
}

/** Writes the folders that the Dockerfile copies. */
export async function writeContext(
  { model, architecture, withOnnxRuntime, generic }: ImageOptions,
  folder: string,
): Promise<void> {
  const files = new Map<string, Uint8Array>();
  for (const [path, bytes] of await serverFiles()) files.set(`app/${path}`, bytes);
  if (withOnnxRuntime) for (const [path, bytes] of onnxRuntimeFiles(architecture)) files.set(`app/${path}`, bytes);
  if (!generic) for (const [path, bytes] of model.pkg.files) files.set(`model/${path}`, bytes);
  files.set('state/.keep', new Uint8Array(0));
  for (const [path, bytes] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
}

function labelsOf({ model, generic }: ImageOptions, base: Base): Record<string, string> {
  const { pkg } = model;
  const image = 'org.opencontainers.image';
  return {
    [`${image}.title`]: generic ? 'slipway' : model.name,
    [`${image}.description`]: generic
      ? 'Slipway, serving what SLIPWAY_MODEL names'
      : `Slipway serving ${labelOf(model)}`,
    [`${image}.version`]: generic || model.version === undefined ? version : String(model.version),
    [`${image}.base.name`]: base.name,
    [`${image}.base.digest`]: base.digest,
    'dev.slipway.version': version,
    ...(generic
      ? { 'com.amazonaws.sagemaker.capabilities.multi-models': 'true' }
      : {
          'dev.slipway.model': labelOf(model),
          'dev.slipway.digest': pkg.digest,
          'dev.slipway.task': pkg.manifest.task,
        }),
  };
}

function onnxRuntimeVersion(architecture: Architecture): string {
  const bytes = onnxRuntimeFiles(architecture).get('node_modules/onnxruntime-node/package.json');
  const { version: found } = Object(JSON.parse(new TextDecoder().decode(bytes))) as { version?: unknown };
  return String(found);
}
