import { fail } from '@slipway/core/errors';
import { layout, openManifest, readPackage, type Package } from '@slipway/core/package';
import { sha256Hex, type BlobStore } from '../stores/index.ts';

/** Where a package lies, and the bytes of its files. */
export interface StoredPackage {
  readonly manifestSha256: string;
  readonly size: number;
}

/** Stores the files of a package durably, each under its own digest. */
export async function storePackage(blobs: BlobStore, pkg: Package): Promise<StoredPackage> {
  let size = 0;
  let manifestSha256 = '';
  for (const [path, bytes] of pkg.files) {
    const digest = await blobs.put(bytes);
    if (path === layout.manifest) manifestSha256 = digest;
    size += bytes.byteLength;
  }
  return { manifestSha256, size };
}

/** The package with this manifest, every byte verified. */
export async function loadPackage(blobs: BlobStore, manifestSha256: string): Promise<Package> {
  const verified = new Map<Uint8Array, string>();
  const get = async (sha256: string, path: string): Promise<Uint8Array> => {
    const bytes = await blobs.get(sha256);
    if (!bytes) throw fail('PACKAGE_CORRUPT', { path, problem: 'the file is missing from the home folder' });
    verified.set(bytes, sha256);
    return bytes;
  };
  const sealed = await get(manifestSha256, layout.manifest);
  const files = new Map([[layout.manifest as string, sealed]]);
  for (const { path, sha256 } of openManifest(sealed, sha256Hex).manifest.files)
    files.set(path, await get(sha256, path));
  return readPackage(files, (bytes) => verified.get(bytes) ?? sha256Hex(bytes));
}

/** The digests of all blobs that a package consists of, its manifest among them. */
export async function blobsOf(blobs: BlobStore, manifestSha256: string): Promise<string[]> {
  const sealed = await blobs.get(manifestSha256);
  if (!sealed)
    throw fail('PACKAGE_CORRUPT', { path: layout.manifest, problem: `the blob ${manifestSha256} is missing` });
  return [manifestSha256, ...openManifest(sealed, sha256Hex).manifest.files.map(({ sha256 }) => sha256)];
}
