import type { FileKind } from './kinds.ts';

/** Protocols 0 and 1 have no mark of their own: a global, or a marked, memoised container. */
const pickleText =
  /^(?:c[A-Za-z_][\w.]*\n[A-Za-z_][\w.]*\n|\(+(?:c[\w.]+\n|i[\w.]+\n[\w.]+\n|[dl]p\d+\n|[dlt][p.]|[SV]['"\w]|[IFL]-?\d|[KMJUX]|[\]}]q)|[\]}]q[^]|S'[^\n]*'\n[p.]|[()\]}]\.)/;

/** Says what text is; undefined for bytes that are no text. `head` is the start of the file, one character a byte. */
export function sniffText(bytes: Uint8Array, head: string): FileKind | undefined {
  if (pickleText.test(head)) return 'pickle-text';
  if (head.startsWith('version https://git-lfs.github.com/spec/')) return 'git-lfs-pointer';
  if (/^tree\r?\nversion=/.test(head)) return 'lightgbm-text';
  const trimmed = head
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart()
    .toLowerCase();
  if (/^(?:<!doctype html|<html|<head|<body|<!--)/.test(trimmed)) return 'html';
  if (trimmed.startsWith('<pmml') || (trimmed.startsWith('<?xml') && trimmed.includes('<pmml'))) return 'pmml';
  if (trimmed.startsWith('<?xml') && trimmed.includes('<html')) return 'html';
  if (trimmed.startsWith('<?xml')) return 'xml';
  if (!isText(bytes.subarray(0, head.length))) return undefined;
  return looksLikeTable(head) ? 'csv' : 'text';
}

/** No control characters but white space, and some ASCII; bytes above 127 may be any encoding. */
function isText(bytes: Uint8Array): boolean {
  return (
    bytes.every((byte) => byte >= 0x20 || (byte >= 9 && byte <= 13)) && bytes.some((byte) => byte > 0x20 && byte < 0x7f)
  );
}

/** The first two lines have the same number of commas, semicolons or tabs, at least one. */
function looksLikeTable(head: string): boolean {
  const [first = '', second = ''] = head.split(/\r?\n/);
  return [',', ';', '\t'].some((mark) => {
    const columns = first.split(mark).length;
    return columns > 1 && columns === second.split(mark).length;
  });
}
