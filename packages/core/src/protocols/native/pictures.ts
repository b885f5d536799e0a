import { fail } from '../../errors/index.ts';
import { toBase64 } from '../../formats/base64.ts';
import type { Signature } from '../../signature/index.ts';
import { parseMultipart } from '../multipart.ts';
import type { Call } from '../protocol.ts';

/** The document that a body of pictures stands for: one picture is a row, several files of a form are several rows. */
export function pictureDocument(call: Call, signature: Signature, contentType: string): unknown {
  const [spec] = signature.tensors ?? [];
  if (!spec?.image || signature.tensors?.length !== 1) {
    throw fail(
      'UNSUPPORTED_MEDIA_TYPE',
      { received: contentType.split(';')[0] as string, expected: 'application/json, text/csv, application/x-ndjson' },
      {
        hint: 'This model does not take pictures alone. Import it with --image to attach the preprocessing of its pictures.',
      },
    );
  }
  if (!/^multipart\//i.test(contentType)) return toBase64(call.body);
  const files = parseMultipart(call.body, contentType).filter(
    ({ fileName, type }) => fileName !== undefined || type?.startsWith('image/'),
  );
  const [only] = files;
  if (!only)
    throw fail(
      'INVALID_REQUEST',
      { problem: 'The form holds no file.' },
      { hint: 'Send each picture as a file: curl -F image=@cat.jpg …' },
    );
  return files.length === 1 ? toBase64(only.body) : files.map(({ body }) => toBase64(body));
}
