import { openAsBlob } from 'node:fs';
import { mediaTypes, OciRepository, parseOciReference, showOciReference } from '../../oci/index.ts';
import { hashOf } from '../delivery-folder.ts';
import type { Image } from './image.ts';

export interface PushOptions {
  /** `registry.example/team/churn:3` */
  readonly place: string;
  /** Repositories of the same registry that may have layers already. */
  readonly from: readonly string[];
  readonly repository?: OciRepository | undefined;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

export interface Pushed {
  /** `registry.example/team/churn@sha256:…` */
  readonly image: string;
  readonly digest: string;
  readonly sentBytes: number;
  readonly sentBlobs: number;
  readonly mountedBlobs: number;
  readonly knownBlobs: number;
}

/** Attaches the bill of materials to an image in a registry, as a referrer that scanners find. */
export async function pushSbom(image: Image, text: string, place: string, given?: OciRepository): Promise<void> {
  const target = given ?? new OciRepository(parseOciReference(place));
  const body = new TextEncoder().encode(text);
  const empty = new TextEncoder().encode('{}');
  const blob = { mediaType: 'application/spdx+json', digest: `sha256:${hashOf(body)}`, size: body.byteLength };
  const config = { mediaType: mediaTypes.empty, digest: `sha256:${hashOf(empty)}`, size: empty.byteLength };
  await target.pushBlob({ ...blob, body });
  await target.pushBlob({ ...config, body: empty });
  const { mediaType, digest, size } = image.manifest;
  const what = { schemaVersion: 2 as const, mediaType: mediaTypes.manifest, artifactType: blob.mediaType };
  await target.putReferrer({ ...what, config, layers: [blob], subject: { mediaType, digest, size } });
}

/**
 * Pushes an image: what the registry has is left, what another repository of it has is mounted, the rest is sent. The manifest
 * comes last, so a tag never names half an image, and a push that broke off goes on where it was.
 */
export async function pushImage(image: Image, { place, from, repository, signal, say }: PushOptions): Promise<Pushed> {
  const reference = parseOciReference(place);
  const target = repository ?? new OciRepository(reference);
  const count = { sentBytes: 0, sentBlobs: 0, mountedBlobs: 0, knownBlobs: 0 };
  const config = { descriptor: image.config, body: () => Promise.resolve(image.configBytes) };
  const layers = image.layers.map(({ descriptor, path }) => ({ descriptor, body: () => openAsBlob(path) }));
  for (const { descriptor, body } of [...layers, config]) {
    signal.throwIfAborted();
    const { digest, size } = descriptor;
    if (await target.hasBlob(digest)) count.knownBlobs++;
    else if (await mounted(target, digest, from)) count.mountedBlobs++;
    else {
      say(`sending ${(size / 1e6).toFixed(1)} MB`);
      await target.pushBlob({ digest, size, body: await body() });
      count.sentBytes += size;
      count.sentBlobs++;
    }
  }
  const { mediaType, digest } = image.manifest;
  await target.putManifest(image.manifestBytes, mediaType, reference.tag);
  return { image: showOciReference({ ...reference, tag: undefined, digest }), digest, ...count };
}

async function mounted(target: OciRepository, digest: string, from: readonly string[]): Promise<boolean> {
  for (const repository of from) if (await target.mountBlob(digest, repository)) return true;
  return false;
}
