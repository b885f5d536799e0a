import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail } from '@slipway/core/errors';
import type { BlobStore } from './blob-store.ts';
import { diskBlobs } from './disk-blobs.ts';

/** Opens the blobs of an `--artifact-root`: `s3://bucket/prefix`, a folder, or `file:` with one. */
export async function openBlobs(root: string, environment: NodeJS.ProcessEnv): Promise<BlobStore> {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(root)?.[1]?.toLowerCase();
  if (scheme === 's3') {
    const [{ s3Blobs }, { readS3Place }] = await Promise.all([import('./s3/blobs.ts'), import('./s3/settings.ts')]);
    return s3Blobs(readS3Place(root, environment));
  }
  if (scheme !== undefined && scheme !== 'file')
    throw fail('USAGE', {
      problem: `--artifact-root: ${scheme}: is no store that this version knows.`,
      advice: 'Write s3://bucket/prefix, for Amazon S3 and whatever speaks its protocol, or a folder.',
    });
  const folder = scheme === 'file' ? fileURLToPath(root) : resolve(root);
  return diskBlobs(folder, `${folder}/tmp`);
}
