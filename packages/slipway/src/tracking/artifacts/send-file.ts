import { basename, extname } from 'node:path';
import type { Call, Reply } from '@slipway/core/protocols';
import type { ArtifactFiles } from './files.ts';

const TEXTS =
  '.txt .log .err .cfg .conf .cnf .cf .ini .properties .prop .hocon .toml .yaml .yml .xml .json .js .py .py3 .csv .tsv .md .rst .mlmodel .mlproject'.split(
    ' ',
  );
const TYPES: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.svg': 'image/svg+xml',
  '.html': 'text/html',
  '.pdf': 'application/pdf',
  '.zip': 'application/zip',
};

/** Sends a file, or the part of it that the client asks for (RFC 9110, 14). */
export async function sendFile(call: Call, files: ArtifactFiles, path: string): Promise<Reply> {
  const { size, changed } = await files.look(path);
  const etag = `"${Math.round(changed).toString(36)}-${size.toString(36)}"`;
  const headers = [
    'content-type',
    typeOf(path),
    // Never shown in place: a page of somebody's run would speak for this server.
    'content-disposition',
    `attachment; ${fileName(basename(path))}`,
    'accept-ranges',
    'bytes',
    'etag',
    etag,
    'last-modified',
    new Date(changed).toUTCString(),
    'cache-control',
    'no-cache',
  ];
  if (call.header('if-none-match') === etag) return { status: 304, headers, body: '' };
  const condition = call.header('if-range');
  const asked = condition === undefined || condition === etag ? call.header('range') : undefined;
  const range = asked === undefined ? undefined : rangeOf(asked, size);
  if (range === 'none')
    return { status: 416, headers: ['content-type', 'text/plain', 'content-range', `bytes */${size}`], body: '' };
  const [start, end] = range ?? [0, size - 1];
  const length = end - start + 1;
  if (range) headers.push('content-range', `bytes ${start}-${end}/${size}`);
  headers.push('content-length', String(length));
  return { status: range ? 206 : 200, headers, body: length > 0 ? files.read(path, start, end) : [] };
}

/** One range; several are answered with the whole file, as the standard allows. */
function rangeOf(header: string, size: number): readonly [number, number] | 'none' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header.trim()) ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '') return Number(last) === 0 || size === 0 ? 'none' : [Math.max(0, size - Number(last)), size - 1];
  if (Number(first) >= size) return 'none';
  if (last !== '' && Number(last) < Number(first)) return undefined;
  return [Number(first), last === '' ? size - 1 : Math.min(size - 1, Number(last))];
}

function typeOf(path: string): string {
  const extension = extname(path).toLowerCase();
  if (TEXTS.includes(extension) || ['MLmodel', 'MLproject'].includes(basename(path))) return 'text/plain';
  return Object.hasOwn(TYPES, extension) ? (TYPES[extension] as string) : 'application/octet-stream';
}

function fileName(name: string): string {
  if (/^[\w!#$&+.^`|~-]+$/.test(name)) return `filename=${name}`;
  const plain = name.replaceAll(/[^ -~]|["\\]/g, '_');
  return `filename="${plain}"; filename*=UTF-8''${encodeURIComponent(name).replaceAll(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`)}`;
}
