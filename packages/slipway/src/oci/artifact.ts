import { fail } from '@slipway/core/errors';
import { layout, packageLimits, readPackage, checkPath, type Package } from '@slipway/core/package';
import { readableSize } from '@slipway/core/formats';
import { sha256Hex } from '../stores/index.ts';
import { memberOf } from './credentials.ts';
import { mediaTypes, type Descriptor, type OciManifest } from './media-types.ts';
import { showOciReference } from './reference.ts';
import { manifestBytes, readDescriptor, type OciBlob, type OciRepository } from './repository.ts';

/** CNCF ModelPack, specification 1: https://github.com/modelpack/model-spec */
const modelPack = {
  manifest: 'application/vnd.cncf.model.manifest.v1+json',
  config: 'application/vnd.cncf.model.config.v1+json',
  weight: 'application/vnd.cncf.model.weight.v1.raw',
  settings: 'application/vnd.cncf.model.weight.config.v1.raw',
  doc: 'application/vnd.cncf.model.doc.v1.raw',
  code: 'application/vnd.cncf.model.code.v1.raw',
  path: 'org.cncf.model.filepath',
} as const;

/** A package as it lies in a registry. */
export interface Artifact {
  /** `sha256:…` of the manifest. A function of the package alone: the same package is the same artifact everywhere. */
  readonly digest: string;
  readonly manifest: OciManifest;
  readonly bytes: Uint8Array;
  readonly blobs: readonly OciBlob[];
}

/** Each file is a layer of its own, uncompressed, so that equal files of versions are stored and sent once. */
export function artifactOf(pkg: Package): Artifact {
  const known = new Map(pkg.manifest.files.map(({ path, sha256 }) => [path, sha256]));
  const layers = [...pkg.files].map(([path, body]): { descriptor: Descriptor; body: Uint8Array } => {
    const descriptor = {
      mediaType: typeOf(path),
      digest: `sha256:${known.get(path) ?? sha256Hex(body)}`,
      size: body.byteLength,
      annotations: { [modelPack.path]: path },
    };
    return { descriptor, body };
  });
  const { source, task } = pkg.manifest;
  const config = json({
    descriptor: { name: source.what, family: source.library.name, revision: pkg.digest, description: `task: ${task}` },
    config: { format: 'onnx' },
    modelfs: { type: 'layers', diffIds: layers.map(({ descriptor }) => descriptor.digest) },
  });
  const configBlob = blobOf(config);
  const manifest: OciManifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType: modelPack.manifest,
    config: { mediaType: modelPack.config, digest: configBlob.digest, size: configBlob.size },
    layers: layers.map(({ descriptor }) => descriptor),
  };
  const bytes = manifestBytes(manifest);
  return {
    digest: `sha256:${sha256Hex(bytes)}`,
    manifest,
    bytes,
    blobs: [
      configBlob,
      ...layers.map(({ descriptor, body }) => ({ digest: descriptor.digest, size: body.byteLength, body })),
    ],
  };
}

export interface Pushed {
  readonly digest: string;
  /** Bytes that had to be sent; what the registry has already is left out. */
  readonly sent: number;
  readonly size: number;
}

/** Uploads a package: blobs first, the manifest last, so that a tag never names half of it. */
export async function pushPackage(repository: OciRepository, artifact: Artifact): Promise<Pushed> {
  let sent = 0;
  for (const blob of artifact.blobs) if (await repository.pushBlob(blob)) sent += blob.size;
  await repository.putManifest(artifact.bytes, mediaTypes.manifest, repository.reference.tag ?? 'latest');
  return { digest: artifact.digest, sent, size: artifact.blobs.reduce((sum, { size }) => sum + size, 0) };
}

export interface Pulled {
  readonly pkg: Package;
  /** `sha256:…` of the manifest in the registry. */
  readonly digest: string;
}

/** Downloads and verifies a package. FILE_NOT_FOUND where there is none, UNSUPPORTED_FORMAT where it is something else. */
export async function pullPackage(repository: OciRepository): Promise<Pulled> {
  const { reference } = repository;
  const shown = showOciReference(reference);
  const found = await repository.getManifest(reference.digest ?? reference.tag ?? 'latest');
  if (!found)
    throw fail(
      'FILE_NOT_FOUND',
      { path: shown },
      { hint: 'Check the name and the tag; `slipway push` puts it there.' },
    );
  const listed = memberOf(found.document, 'layers');
  const layers = Array.isArray(listed) ? listed.map((entry: unknown) => readDescriptor(entry)) : [];
  const named = layers.flatMap((layer) => {
    const path = layer?.annotations?.[modelPack.path];
    return layer && path !== undefined ? [{ layer, path }] : [];
  });
  for (const { path } of named) checkPath(path);
  if (!named.some(({ path }) => path === layout.manifest)) {
    const type = memberOf(found.document, 'artifactType') ?? memberOf(memberOf(found.document, 'config'), 'mediaType');
    const why = `it has no ${layout.manifest} (${typeof type === 'string' ? type.slice(0, 100) : found.mediaType}).`;
    throw fail('UNSUPPORTED_FORMAT', { what: shown, why, advice: 'Push it with `slipway push`.' });
  }
  const size = named.reduce((sum, { layer }) => sum + layer.size, 0);
  if (named.length > packageLimits.files || size > packageLimits.totalBytes)
    throw fail('LIMIT_EXCEEDED', { format: shown, what: 'its size', limit: readableSize(packageLimits.totalBytes) });
  const files = new Map<string, Uint8Array>();
  for (const { path, layer } of named) files.set(path, await repository.getBlob(layer));
  return { pkg: readPackage(files, sha256Hex), digest: found.digest };
}

/** A small blob with its digest. */
export function blobOf(body: Uint8Array): OciBlob {
  return { digest: `sha256:${sha256Hex(body)}`, size: body.byteLength, body };
}

/** A JSON document as bytes. */
export function json(document: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(document));
}

function typeOf(path: string): string {
  if (path === layout.graph) return modelPack.weight;
  if (path.startsWith('code/')) return modelPack.code;
  return path === layout.report ? modelPack.doc : modelPack.settings;
}
