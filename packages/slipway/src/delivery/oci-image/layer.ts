import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Descriptor } from '../../oci/index.ts';
import { temporaryPath } from '../../stores/index.ts';
import { hashOf } from '../delivery-folder.ts';
import { writeTar, type TarEntry } from './tar.ts';

/** A layer of an image, or its config: where the bytes are, and what they are. */
export interface Blob {
  readonly descriptor: Descriptor;
  /** A file with the bytes. */
  readonly path: string;
}

export interface Layer extends Blob {
  /** `sha256:…` of the tar inside. */
  readonly diffId: string;
  /** For the history of the image. */
  readonly about: string;
}

const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip';

/** Packs entries as a layer. What was packed before is taken from the cache: its key is the content. */
export async function makeLayer(about: string, entries: readonly TarEntry[], cache: string): Promise<Layer> {
  const tar = writeTar(entries);
  const diffId = `sha256:${hashOf(tar)}`;
  const known = join(cache, 'layers', `${diffId.slice(7)}.gz`);
  if (!existsSync(known)) await writeCached(known, plainGzip(await promisify(gzip)(tar, { level: 6 })));
  const bytes = await readFile(known);
  const descriptor = { mediaType: layerType, digest: `sha256:${hashOf(bytes)}`, size: bytes.byteLength };
  return { descriptor, path: known, diffId, about };
}

/** Writes a file of the cache so that others see all of it or nothing. */
export async function writeCached(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = temporaryPath(dirname(path));
  await writeFile(draft, bytes);
  await rename(draft, path);
}

/** Without the byte that names the operating system. */
function plainGzip(bytes: Uint8Array): Uint8Array {
  bytes[9] = 255;
  return bytes;
}
