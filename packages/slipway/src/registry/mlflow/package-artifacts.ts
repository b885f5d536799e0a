import { layout, openManifest } from '@slipway/core/package';
import type { PackageArtifacts, PackageFile } from '../../mlflow-api/index.ts';
import { sha256Hex, type BlobStore, type RowStore } from '../../stores/index.ts';

/** Packages of the registry as artifacts: so MLflow's clients load what was imported without MLflow. */
export function packageArtifacts({
  rows,
  blobs,
}: {
  readonly rows: RowStore;
  readonly blobs: BlobStore;
}): PackageArtifacts {
  return {
    async files(name) {
      if (!/^sha256-[0-9a-f]{64}$/.test(name)) return undefined;
      const digest = name.replace('-', ':');
      const [row] = await rows.read('SELECT manifest_sha256 FROM packages WHERE digest = ?', [digest]);
      const sealed = row && (await blobs.get(String(row['manifest_sha256'])));
      if (!sealed) return undefined;
      const files = new Map<string, PackageFile>([
        [layout.manifest, { size: sealed.byteLength, read: () => Promise.resolve(sealed) }],
      ]);
      for (const { path, size, sha256 } of openManifest(sealed, sha256Hex).manifest.files)
        files.set(path, { size, read: async () => (await blobs.get(sha256)) ?? new Uint8Array() });
      return files;
    },
  };
}
