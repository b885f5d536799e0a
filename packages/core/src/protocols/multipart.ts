import { fail } from '../errors/index.ts';

/** One part of a form (RFC 7578). */
export interface Part {
  readonly name: string;
  /** Set for files. */
  readonly fileName: string | undefined;
  readonly type: string | undefined;
  readonly body: Uint8Array;
}

const mostParts = 1000;
const mostHeaderBytes = 8192;

/** The parts of a multipart body, as views on it. INVALID_REQUEST for anything that is not well formed. */
export function parseMultipart(body: Uint8Array, contentType: string): Part[] {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]{1,200})"|([^\s;,"]{1,200}))/i.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw invalid('it names no boundary');
  const mark = ascii(`\r\n--${boundary}`);
  const parts: Part[] = [];
  // The first boundary stands at the beginning, without the line break of the others.
  let at = startsWith(body, 0, mark.subarray(2)) ? mark.length - 2 : after(body, 0, mark);
  while (!startsWith(body, at, ascii('--'))) {
    if (!startsWith(body, at, ascii('\r\n'))) throw invalid('a boundary is not followed by a line break');
    const head = find(body, at + 2, ascii('\r\n\r\n'), at + 2 + mostHeaderBytes);
    const end = find(body, Math.max(at, head), mark, body.length);
    if (parts.length >= mostParts) throw invalid(`it has more than ${mostParts} parts`);
    parts.push(partOf(new TextDecoder().decode(body.subarray(at + 2, head)), body.subarray(head + 4, end)));
    at = end + mark.length;
  }
  return parts;
}

function partOf(head: string, body: Uint8Array): Part {
  const header = (name: string) =>
    head
      .split('\r\n')
      .find((line) => line.toLowerCase().startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim();
  const disposition = header('content-disposition') ?? '';
  const [, name = ''] = /;\s*name="([^"]*)"/i.exec(disposition) ?? [];
  const [, fileName] = /;\s*filename\*?="?([^"]*)"?/i.exec(disposition) ?? [];
  return { name, fileName, type: header('content-type')?.toLowerCase(), body };
}

function after(body: Uint8Array, from: number, mark: Uint8Array): number {
  return find(body, from, mark, body.length) + mark.length;
}

function find(body: Uint8Array, from: number, mark: Uint8Array, limit: number): number {
  const first = mark[0] as number;
  const end = Math.min(body.length, limit) - mark.length;
  for (let at = body.indexOf(first, from); at >= 0 && at <= end; at = body.indexOf(first, at + 1))
    if (startsWith(body, at, mark)) return at;
  throw invalid('it ends too early');
}

function startsWith(body: Uint8Array, at: number, mark: Uint8Array): boolean {
  return mark.every((byte, i) => body[at + i] === byte);
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function invalid(problem: string) {
  return fail('INVALID_REQUEST', { problem: `The multipart body is not well formed: ${problem}.` });
}
