/** A member of a tar: a file, a folder, or a symbolic link. */
export type TarEntry = { readonly path: string; readonly mode?: number; readonly owner?: number } & (
  | { readonly bytes: Uint8Array }
  | { readonly link: string }
  | { readonly folder: true }
);

const block = 512;
const encoder = new TextEncoder();

/**
 * Writes a tar whose bytes follow from its entries alone: sorted by path, times 0, owners as given (root unless told), folders
 * above files added. Paths that are too long for the header get a pax record, as POSIX.1-2001 has it.
 */
export function writeTar(entries: readonly TarEntry[]): Uint8Array {
  const all = new Map<string, TarEntry>();
  for (const entry of entries) {
    for (let at = entry.path.indexOf('/'); at !== -1; at = entry.path.indexOf('/', at + 1)) {
      const path = entry.path.slice(0, at);
      if (!all.has(path)) all.set(path, { path, folder: true });
    }
    all.set(entry.path, entry);
  }
  const parts = [...all.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1)).flatMap(partsOf);
  parts.push(new Uint8Array(2 * block));
  const size = parts.reduce((sum, part) => sum + part.byteLength, 0);
  const tar = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    tar.set(part, at);
    at += part.byteLength;
  }
  return tar;
}

function partsOf(entry: TarEntry): Uint8Array[] {
  const isFolder = 'folder' in entry;
  const name = encoder.encode(isFolder ? `${entry.path}/` : entry.path);
  const link = encoder.encode('link' in entry ? entry.link : '');
  const bytes = 'bytes' in entry ? entry.bytes : new Uint8Array(0);
  const type = isFolder ? '5' : 'link' in entry ? '2' : '0';
  const mode = entry.mode ?? (isFolder ? 0o755 : 0o644);
  const long = [
    ...(name.length > 100 ? [record('path', name)] : []),
    ...(link.length > 100 ? [record('linkpath', link)] : []),
  ];
  const pax = Buffer.concat(long);
  const extended = long.length ? [header(encoder.encode('pax'), 'x', 0o644, 0, pax.length), padded(pax)] : [];
  return [
    ...extended,
    header(name.subarray(0, 100), type, mode, entry.owner ?? 0, bytes.byteLength, link.subarray(0, 100)),
    ...(bytes.byteLength ? [padded(bytes)] : []),
  ].flat();
}

/** `LENGTH key=value\n`, where LENGTH counts itself. */
function record(key: string, value: Uint8Array): Uint8Array {
  const rest = value.length + key.length + 3;
  let length = rest + String(rest).length;
  if (rest + String(length).length !== length) length = rest + String(length).length;
  return Buffer.concat([encoder.encode(`${length} ${key}=`), value, encoder.encode('\n')]);
}

function header(
  name: Uint8Array,
  type: string,
  mode: number,
  owner: number,
  size: number,
  link: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const head = new Uint8Array(block);
  const text = (at: number, value: string) => head.set(encoder.encode(value), at);
  const octal = (at: number, digits: number, value: number) => text(at, value.toString(8).padStart(digits, '0'));
  head.set(name, 0);
  octal(100, 7, mode);
  octal(108, 7, owner);
  octal(116, 7, owner);
  octal(124, 11, size);
  octal(136, 11, 0);
  text(156, type);
  head.set(link, 157);
  text(257, 'ustar\u000000');
  text(148, '        ');
  const sum = head.reduce((total, byte) => total + byte, 0);
  octal(148, 6, sum);
  head[154] = 0;
  return head;
}

/** Filled up to whole blocks. */
function padded(bytes: Uint8Array): Uint8Array {
  const rest = bytes.byteLength % block;
  if (rest === 0) return bytes;
  const whole = new Uint8Array(bytes.byteLength + block - rest);
  whole.set(bytes);
  return whole;
}
