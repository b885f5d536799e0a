import { fail } from '@slipway/core/errors';
import type { S3Client } from './client.ts';

/** Sends a large object in parts. It is there whole, or not at all; `replaces`: in place of one that is there. */
export async function putInParts(
  client: S3Client,
  key: string,
  bytes: Uint8Array,
  partBytes: number,
  replaces: boolean,
): Promise<void> {
  const begun = await client.send({ method: 'POST', key, query: { uploads: '' } });
  const [, uploadId = ''] = /<UploadId>([^<]+)<\/UploadId>/.exec(await begun.text()) ?? [];
  if (uploadId === '') throw fail('REMOTE_FAILED', { place: key, problem: 'the store begins no upload' });
  try {
    const parts: string[] = [];
    for (let at = 0; at < bytes.byteLength; at += partBytes) {
      const partNumber = String(parts.length + 1);
      const body = bytes.subarray(at, Math.min(at + partBytes, bytes.byteLength));
      const sent = await client.send({ method: 'PUT', key, query: { partNumber, uploadId }, body });
      await sent.body?.cancel();
      const etag = (sent.headers.get('etag') ?? '').replaceAll('"', '&quot;');
      parts.push(`<Part><PartNumber>${partNumber}</PartNumber><ETag>${etag}</ETag></Part>`);
    }
    const body = new TextEncoder().encode(
      `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.join('')}</CompleteMultipartUpload>`,
    );
    const headers = { ...(replaces ? {} : { 'if-none-match': '*' }), 'content-type': 'application/xml' };
    const done = await client.send({ method: 'POST', key, query: { uploadId }, headers, body, accept: [412] });
    // A store may begin to answer 200 before it knows.
    const text = await done.text();
    if (done.ok && /<Error>/.test(text))
      throw fail('REMOTE_FAILED', { place: key, problem: 'the store could not put the parts together' });
    if (!done.ok) await abort();
  } catch (error) {
    await abort().catch(() => {});
    throw error;
  }

  /** Parts that nobody puts together would be kept and paid for. */
  async function abort(): Promise<void> {
    await client.send({ method: 'DELETE', key, query: { uploadId }, accept: [404] });
  }
}
