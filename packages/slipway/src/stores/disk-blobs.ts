import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '@slipway/core/errors';
import type { BlobStore } from './blob-store.ts';
import { writeDurably } from './durable.ts';

/** Blobs as files: `<folder>/sha256/ab/abcd…`, drafts in `temporary` on the same disk. */
export function diskBlobs(folder: string, temporary: string): BlobStore {
  const root = join(folder, 'sha256');
  const pathOf = (sha256: string) => {
    if (!/^[0-9a-f]{64}$/.test(sha256))
      throw fail('PACKAGE_CORRUPT', { path: 'blob', problem: 'the digest is malformed' });
    return join(root, sha256.slice(0, 2), sha256);
  };
  const sizeOf = async (sha256: string) => (await stat(pathOf(sha256)).catch(orMissing))?.size;
  return {
    async put(bytes) {
      const digest = sha256Hex(bytes);
      // A blob of the right length that is there was renamed into place complete. Its time tells that it is wanted again.
      if ((await sizeOf(digest)) !== bytes.byteLength) await writeDurably(pathOf(digest), bytes, temporary);
      else await touch(pathOf(digest));
      return digest;
    },
    async get(sha256) {
      const buffer = await readFile(pathOf(sha256)).catch(orMissing);
      if (!buffer) return undefined;
      const bytes = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
      if (sha256Hex(bytes) !== sha256) {
        throw fail('PACKAGE_CORRUPT', {
          path: `blob ${sha256}`,
          problem: 'the bytes on disk are not those that were stored',
        });
      }
      return bytes;
    },
    has: async (sha256) => (await sizeOf(sha256)) !== undefined,
    async reach() {
      await stat(root);
    },
    async *list() {
      for (const prefix of (await readdir(root).catch(orMissing)) ?? []) {
        for (const sha256 of await readdir(join(root, prefix))) {
          const facts = await stat(pathOf(sha256)).catch(orMissing);
          if (facts) yield { sha256, modifiedAt: facts.mtime };
        }
      }
    },
    async delete(sha256, unlessSince) {
      const facts = unlessSince && (await stat(pathOf(sha256)).catch(orMissing));
      if (!facts || facts.mtime < unlessSince) await rm(pathOf(sha256), { force: true });
    },
  };
}

/** SHA-256 as 64 lower-case hexadecimal digits. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function touch(path: string): Promise<void> {
  const now = new Date();
  // On a read-only disk nobody collects.
  await utimes(path, now, now).catch(() => {});
}

function orMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}
