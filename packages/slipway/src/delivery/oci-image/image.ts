import { mediaTypes, type Descriptor, type OciManifest } from '../../oci/index.ts';
import { hashOf } from '../delivery-folder.ts';
import type { Base } from './base.ts';
import type { Layer } from './layer.ts';
import { nonRoot } from './local-root.ts';
import type { Architecture } from './platform.ts';

export interface ImageParts {
  readonly base: Base;
  readonly layers: readonly Layer[];
  readonly architecture: Architecture;
  /** `SLIPWAY_MODEL`; undefined for an image that is told its model when it starts. */
  readonly model: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

/** A complete image: its manifest, and every blob by digest. */
export interface Image {
  readonly manifest: Descriptor;
  readonly manifestBytes: Uint8Array;
  readonly config: Descriptor;
  readonly configBytes: Uint8Array;
  readonly layers: readonly { readonly descriptor: Descriptor; readonly path: string }[];
  readonly platform: { readonly os: 'linux'; readonly architecture: Architecture };
}

/** No clock is in an image: the same parts give the same digest. */
const epoch = '1970-01-01T00:00:00Z';

/** Writes config and manifest of an image. It listens on all addresses: containers have their own. */
export function composeImage({ base, layers, architecture, model, labels }: ImageParts): Image {
  const environment = new Map(base.environment.map((line) => [line.slice(0, line.indexOf('=')), line]));
  const set = (name: string, value: string) => environment.set(name, `${name}=${value}`);
  set('SLIPWAY_HOST', '0.0.0.0');
  set('SLIPWAY_HOME', '/var/lib/slipway');
  set('SLIPWAY_AUTH', 'platform');
  set('NODE_COMPILE_CACHE', '/tmp/node-compile-cache');
  if (model !== undefined) set('SLIPWAY_MODEL', model);
  else set('SLIPWAY_FOLLOW', '30');
  const config = {
    created: epoch,
    architecture,
    os: 'linux',
    config: {
      User: `${nonRoot}:${nonRoot}`,
      ExposedPorts: { '8080/tcp': {} },
      Env: [...environment.values()],
      Entrypoint: [base.node, '/app/index.mjs'],
      Cmd: ['serve'],
      WorkingDir: '/app',
      StopSignal: 'SIGTERM',
      Labels: labels,
      Healthcheck: {
        Test: ['CMD', base.node, '/app/healthcheck.mjs'],
        Interval: 10e9,
        Timeout: 3e9,
        StartPeriod: 5e9,
        Retries: 3,
      },
    },
    rootfs: { type: 'layers', diff_ids: [...base.diffIds, ...layers.map(({ diffId }) => diffId)] },
    history: [
      ...base.diffIds.map(() => ({ created: epoch, created_by: `base: ${base.name}` })),
      ...layers.map(({ about }) => ({ created: epoch, created_by: about })),
    ],
  };
  const configBytes = json(config);
  const all = [...base.layers, ...layers];
  const described = describe('application/vnd.oci.image.config.v1+json', configBytes);
  const manifest: OciManifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: described,
    layers: all.map(({ descriptor: { mediaType, digest, size } }) => ({ mediaType, digest, size })),
    annotations: labels,
  };
  const manifestBytes = json(manifest);
  return {
    manifest: describe(mediaTypes.manifest, manifestBytes),
    manifestBytes,
    config: described,
    configBytes,
    layers: all,
    platform: { os: 'linux', architecture },
  };
}

export function json(document: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(document));
}

function describe(mediaType: string, bytes: Uint8Array): Descriptor {
  return { mediaType, digest: `sha256:${hashOf(bytes)}`, size: bytes.byteLength };
}
