import { fail } from '../../errors/index.ts';
import { isObject, parseNamedJson } from '../inference/json-names.ts';
import { needsExact } from '../inference/instances.ts';
import type { Call, Servable } from '../protocol.ts';

/** The data of a request: a JSON body, a text, or the part `data` (or `body`) of a form. */
export function readData(call: Call, model: Servable): unknown {
  const type = call.header('content-type') ?? '';
  const boundary = /^multipart\/form-data\s*;.*?boundary="?([^";]+)"?/i.exec(type)?.[1];
  const text = boundary === undefined ? call.text() : formPart(call.text(), boundary);
  // A text model takes the file as it is; a JSON string or list is taken as JSON all the same.
  if (model.signature.form === 'text' && !/^\s*["[{]/.test(text)) return text.trimEnd();
  const document = parseNamedJson(text, needsExact(model, text));
  if (isObject(document) && Object.keys(document).length === 1 && !hasColumn(model, 'data') && 'data' in document)
    return document['data'];
  return document;
}

function hasColumn({ signature: { columns, tensors = [] } }: Servable, wanted: string): boolean {
  return columns.some(({ name }) => name === wanted) || tensors.some(({ name }) => name === wanted);
}

/** RFC 7578: parts between boundaries, each with its headers. */
function formPart(text: string, boundary: string): string {
  const parts = text.split(`--${boundary}`).slice(1, -1);
  for (const part of parts) {
    const blank = part.indexOf('\r\n\r\n');
    if (blank < 0) continue;
    const name = /\bname="([^"]*)"/i.exec(part.slice(0, blank))?.[1];
    if (name === 'data' || name === 'body') return part.slice(blank + 4).replace(/\r\n$/, '');
  }
  throw fail('INVALID_REQUEST', { problem: 'The form has no part named "data".' });
}
