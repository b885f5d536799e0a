import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '@slipway/core/errors';
import { parseOciReference } from '../../oci/index.ts';
import { needsOnnxRuntime } from '../executor.ts';
import type { Step } from '../plan.ts';
import { deliveryTarget, type DeliveredModel } from '../target.ts';
import type { BuiltImage, ImageOptions } from './build-image.ts';
import { compose, dockerfile } from './texts.ts';

/** A container image, built without any container engine. */
export const ociImage = deliveryTarget({
  id: 'oci-image',
  title: 'Container image',
  summary: 'a container image without Docker: OCI layout, Docker archive, or pushed to a registry',
  options: {
    format: {
      type: 'text',
      value: 'FORMAT',
      help: 'What to write: a layout (oci), an archive for docker load (docker), or no image, only what docker build needs (dockerfile).',
      choices: ['oci', 'docker', 'dockerfile'],
      default: 'oci',
    },
    base: {
      type: 'text',
      value: 'BASE',
      help: 'Image with glibc and Node 24 in a registry, an OCI layout or a root folder; the Node and C library of this machine unless set.',
    },
    platform: {
      type: 'text',
      value: 'PLATFORM',
      help: 'What the image runs on; linux/arm64 needs a base that has it, or this machine to be one.',
      choices: ['linux/amd64', 'linux/arm64'],
      default: 'linux/amd64',
    },
    runtime: {
      type: 'text',
      value: 'NAME',
      help: 'With ONNX Runtime (onnx), without it (compiled), or with it where the model needs it (auto).',
      choices: ['auto', 'compiled', 'onnx'],
      default: 'auto',
    },
    generic: {
      type: 'switch',
      help: 'Leave the model out: the image fetches what SLIPWAY_MODEL names when it starts.',
    },
    push: { type: 'text', value: 'HOST/NAME:TAG', help: 'Where `slipway deploy` pushes the image.' },
    'mount-from': {
      type: 'text',
      value: 'NAMES',
      help: 'Repositories of the same registry, separated by commas, that may have the layers already.',
    },
  },

  plan(model, { format, base, platform, runtime, generic, push, 'mount-from': mountFrom }) {
    const withOnnxRuntime = includesOnnxRuntime(model, runtime, generic);
    const architecture = platform === 'linux/arm64' ? 'arm64' : 'amd64';
    const options: ImageOptions = { model, base, architecture, withOnnxRuntime, generic };
    const name = push ?? imageName(model, generic);
    if (push !== undefined) parseOciReference(push);
    // What the build step made, for the push: the layers are in the cache by then.
    let built: BuiltImage | undefined;
    const steps: Step[] = [
      {
        title: format === 'dockerfile' ? 'write what docker build needs' : 'build the image',
        when: 'build',
        details: { platform, base: base ?? 'Node and C library of this machine', onnxRuntime: withOnnxRuntime },
        async act(context) {
          const { buildImage, writeContext } = await import('./build-image.ts');
          await writeContext(options, context.folder);
          if (format === 'dockerfile' && push === undefined) return {};
          built = await buildImage(options, context);
          return await writeBuilt(built, options, context.folder, format, name);
        },
      },
    ];
    if (push !== undefined)
      steps.push({
        title: `push the image to ${push}`,
        when: 'deploy',
        details: { image: push },
        async act({ signal, say }) {
          if (!built) throw new Error('The image was not built.');
          const { pushImage, pushSbom } = await import('./push.ts');
          const { host } = parseOciReference(push);
          const home = built.base.home?.host === host ? [built.base.home.repository] : [];
          const from = [...(mountFrom ?? '').split(',').filter(Boolean), ...home];
          const pushed = await pushImage(built.image, { place: push, from, signal, say });
          await pushSbom(built.image, await sbomOf(built, options), push);
          return { ...pushed };
        },
      });
    const texts = { model, image: name, withOnnxRuntime, generic };
    return {
      files: {
        Dockerfile: dockerfile(texts),
        'compose.yaml': compose(texts),
        // What is no part of a build by docker.
        '.dockerignore': 'image\nimage.tar\n*.json\n',
      },
      steps,
      notes: notesOf(format, name, push),
    };
  },
});

/** Whether ONNX Runtime has to be in the image. */
export function includesOnnxRuntime(
  model: DeliveredModel,
  runtime: 'auto' | 'compiled' | 'onnx',
  generic: boolean,
): boolean {
  if (runtime === 'onnx') return true;
  if (generic) return runtime === 'auto';
  const why = needsOnnxRuntime(model.pkg);
  if (runtime === 'compiled' && why !== undefined)
    throw fail('UNDELIVERABLE', {
      target: 'oci-image',
      why: `it needs ONNX Runtime. ${why}`,
      advice: 'Leave --runtime compiled out.',
    });
  return why !== undefined;
}

/** `churn:3`; registries take lower case only. */
function imageName({ name, version }: DeliveredModel, generic: boolean): string {
  if (generic) return 'slipway:latest';
  const lower = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  return `${lower || 'model'}:${version ?? 'latest'}`;
}

async function sbomOf({ image, base, onnxRuntime }: BuiltImage, options: ImageOptions): Promise<string> {
  const { sbom } = await import('./sbom.ts');
  const { bundledLibraries } = await import('./app-layers.ts');
  const libraries = await bundledLibraries();
  const { model, generic } = options;
  return sbom({ model, generic, base, libraries, onnxRuntime, digest: image.manifest.digest });
}

async function writeBuilt(
  built: BuiltImage,
  options: ImageOptions,
  folder: string,
  format: 'oci' | 'docker' | 'dockerfile',
  name: string,
) {
  const { writeDockerArchive, writeLayout } = await import('./write-image.ts');
  const { image } = built;
  const { digest } = image.manifest;
  if (format === 'docker') await writeDockerArchive(image, join(folder, 'image.tar'), name);
  if (format === 'oci') await writeLayout(image, join(folder, 'image'), name.slice(name.lastIndexOf(':') + 1));
  await writeFile(join(folder, 'sbom.spdx.json'), await sbomOf(built, options));
  const bytes = image.layers.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
  return { digest, compressedBytes: bytes, layers: image.layers.map(({ descriptor }) => descriptor.size) };
}

function notesOf(format: 'oci' | 'docker' | 'dockerfile', name: string, push: string | undefined): string[] {
  if (push !== undefined) return [`\`slipway build\` pushes nothing: \`slipway deploy\` with the same words does.`];
  return {
    oci: [
      'Load it with `podman pull oci:DIR/image`, or push it with `skopeo copy oci:DIR/image docker://HOST/NAME:TAG`.',
    ],
    docker: [`Load it with \`docker load --input DIR/image.tar\`; it is ${name} then.`],
    dockerfile: [`Build it with \`docker build --tag ${name} DIR\`.`],
  }[format];
}
