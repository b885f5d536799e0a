import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mediaTypes } from '../../oci/index.ts';
import { json, type Image } from './image.ts';
import { writeTar, type TarEntry } from './tar.ts';

/** Writes an image as an OCI layout: `podman pull oci:FOLDER`, `skopeo copy oci:FOLDER …`. `tag`: what it is called in there. */
export async function writeLayout(image: Image, folder: string, tag: string): Promise<void> {
  const blobs = join(folder, 'blobs/sha256');
  await mkdir(blobs, { recursive: true });
  const place = (digest: string) => join(blobs, digest.slice('sha256:'.length));
  for (const { descriptor, path } of image.layers) await copyFile(path, place(descriptor.digest));
  await writeFile(place(image.config.digest), image.configBytes);
  await writeFile(place(image.manifest.digest), image.manifestBytes);
  const annotations = { 'org.opencontainers.image.ref.name': tag };
  const manifests = [{ ...image.manifest, platform: image.platform, annotations }];
  await writeFile(join(folder, 'index.json'), json({ schemaVersion: 2, mediaType: mediaTypes.index, manifests }));
  await writeFile(join(folder, 'oci-layout'), json({ imageLayoutVersion: '1.0.0' }));
}

/** Writes an image as Docker's archive: `docker load --input FILE`, `podman load`. */
export async function writeDockerArchive(image: Image, path: string, name: string): Promise<void> {
  const config = `${image.config.digest.slice(7)}.json`;
  const layers: string[] = [];
  const entries: TarEntry[] = [{ path: config, bytes: image.configBytes }];
  for (const { descriptor, path: file } of image.layers) {
    const layer = `${descriptor.digest.slice(7)}.tar.gz`;
    layers.push(layer);
    entries.push({ path: layer, bytes: await readFile(file) });
  }
  entries.push({ path: 'manifest.json', bytes: json([{ Config: config, RepoTags: [name], Layers: layers }]) });
  await writeFile(path, writeTar(entries));
}
