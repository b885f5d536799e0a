import { packageLimits } from '@slipway/core/package';
import { fail } from '@slipway/core/errors';
import { sha256Hex } from '../disk-blobs.ts';
import type { BlobEntry, BlobStore } from '../blob-store.ts';
import { S3Client } from './client.ts';
import { putInParts } from './multipart.ts';
import type { S3Place } from './settings.ts';

/** From this size on a blob is sent in parts. */
const PART_BYTES = 16 * 2 ** 20;
/** Less than the time for which garbage collection leaves young blobs alone. */
const FRESH_MS = 20 * 60_000;

/**
 * Blobs in an S3-compatible store: `<prefix>/sha256/ab/abcd…`. A blob is written once (`If-None-Match: *`), so two writers
 * of the same bytes do each other no harm, and every byte that comes back is compared with its digest.
 */
export function s3Blobs(place: S3Place): BlobStore {
  const client = new S3Client(place);
  const keyOf = (sha256: string) => {
    if (!/^[0-9a-f]{64}$/.test(sha256))
      throw fail('PACKAGE_CORRUPT', { path: 'blob', problem: 'the digest is malformed' });
    return `sha256/${sha256.slice(0, 2)}/${sha256}`;
  };
  const look = async (sha256: string) => {
    const response = await client.send({ method: 'HEAD', key: keyOf(sha256), accept: [404] });
    if (!response.ok) return undefined;
    const modifiedAt = new Date(response.headers.get('last-modified') ?? 0);
    return { size: Number(response.headers.get('content-length')), modifiedAt };
  };
  return {
    async put(bytes) {
      const digest = sha256Hex(bytes);
      const key = keyOf(digest);
      const there = await look(digest);
      // An old blob is written again, so that its time tells that it is wanted.
      const isFresh = Date.now() - (there?.modifiedAt.getTime() ?? 0) < FRESH_MS;
      if (there?.size === bytes.byteLength && isFresh) return digest;
      if (bytes.byteLength > PART_BYTES) await putInParts(client, key, bytes, PART_BYTES, there !== undefined);
      else {
        const condition = there ? {} : { 'if-none-match': '*' };
        const headers = { ...condition, 'content-type': 'application/octet-stream' };
        // 412: somebody else was first, with the same bytes.
        await client.send({ method: 'PUT', key, body: bytes, headers, accept: [412] });
      }
      return digest;
    },
    async get(sha256) {
      const response = await client.send({ method: 'GET', key: keyOf(sha256), accept: [404] });
      if (response.status === 404) {
        await response.body?.cancel();
        return undefined;
      }
      const bytes = await client.read(response, packageLimits.totalBytes);
      if (sha256Hex(bytes) === sha256) return bytes;
      const problem = 'the bytes in the store are not those that were stored';
      throw fail('PACKAGE_CORRUPT', { path: `blob ${sha256}`, problem });
    },
    has: async (sha256) => (await look(sha256)) !== undefined,
    async reach() {
      const query = { 'list-type': '2', 'max-keys': '1' };
      const response = await client.send({ method: 'GET', key: '', query, isBucket: true });
      await response.body?.cancel();
    },
    list: () => listBlobs(client, place.prefix),
    async delete(sha256, unlessSince) {
      const facts = unlessSince && (await look(sha256));
      if (facts && facts.modifiedAt >= unlessSince) return;
      await client.send({ method: 'DELETE', key: keyOf(sha256), accept: [404] });
    },
  };
}

/** Page by page, 1000 at once. */
async function* listBlobs(client: S3Client, prefix: string): AsyncGenerator<BlobEntry> {
  const below = prefix === '' ? 'sha256/' : `${prefix}/sha256/`;
  let token: string | undefined;
  do {
    const query = { 'list-type': '2', prefix: below, ...(token === undefined ? {} : { 'continuation-token': token }) };
    const response = await client.send({ method: 'GET', key: '', query, isBucket: true });
    const text = await response.text();
    for (const [, entry = ''] of text.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g)) {
      const sha256 = /<Key>[^<]*\/([0-9a-f]{64})<\/Key>/.exec(entry)?.[1];
      const modified = /<LastModified>([^<]*)<\/LastModified>/.exec(entry)?.[1];
      if (sha256 !== undefined) yield { sha256, modifiedAt: new Date(modified ?? 0) };
    }
    token = /<NextContinuationToken>([^<]*)<\/NextContinuationToken>/.exec(text)?.[1];
    token = token?.replaceAll('&amp;', '&').replaceAll('&lt;', '<').replaceAll('&gt;', '>');
  } while (token !== undefined);
}
