import { crc32 } from '../compression/checksums.ts';

const LOCAL_SIZE = 30;
const CENTRAL_SIZE = 46;
const END_SIZE = 22;
/** Names are UTF-8 (§4.4.4, bit 11). */
const UTF8 = 0x0800;
/** 1980-01-01, the first day that the format knows: the same files give the same bytes. */
const DAY = 0x0021;
const VERSION = 20;
/** Methods (§4.4.5). */
const STORED = 0;
const DEFLATED = 8;

/** Raw deflate of the platform (RFC 1951). */
type Deflate = (bytes: Uint8Array) => Uint8Array;

/**
 * Writes a zip archive, below 4 GiB and 65,535 files: stored, or deflated where a `deflate` is given and makes a file smaller.
 * @see APPNOTE.TXT 6.3.10
 */
export function writeZip(files: ReadonlyMap<string, Uint8Array>, deflate?: Deflate): Uint8Array<ArrayBuffer> {
  const entries = [...files].map(([name, whole]) => {
    const packed = deflate?.(whole);
    const bytes = packed && packed.length < whole.length ? packed : whole;
    return { name: new TextEncoder().encode(name), bytes, size: whole.length, crc: crc32(whole), start: 0 };
  });
  const total = entries.reduce(
    (sum, { name, bytes }) => sum + LOCAL_SIZE + CENTRAL_SIZE + 2 * name.length + bytes.length,
    0,
  );
  const archive = new Uint8Array(total + END_SIZE);
  const view = new DataView(archive.buffer);
  let at = 0;
  for (const entry of entries) {
    const { name, bytes } = entry;
    entry.start = at;
    view.setUint32(at, 0x04034b50, true);
    common(view, at + 4, entry);
    archive.set(name, at + LOCAL_SIZE);
    archive.set(bytes, at + LOCAL_SIZE + name.length);
    at += LOCAL_SIZE + name.length + bytes.length;
  }
  const directory = at;
  for (const entry of entries) {
    const { name, start } = entry;
    view.setUint32(at, 0x02014b50, true);
    view.setUint16(at + 4, VERSION, true);
    common(view, at + 6, entry);
    view.setUint32(at + 42, start, true);
    archive.set(name, at + CENTRAL_SIZE);
    at += CENTRAL_SIZE + name.length;
  }
  view.setUint32(at, 0x06054b50, true);
  view.setUint16(at + 8, entries.length, true);
  view.setUint16(at + 10, entries.length, true);
  view.setUint32(at + 12, at - directory, true);
  view.setUint32(at + 16, directory, true);
  return archive;
}

interface Entry {
  readonly name: Uint8Array;
  /** As they are in the archive. */
  readonly bytes: Uint8Array;
  /** Of the whole file. */
  readonly size: number;
  readonly crc: number;
}

/** The fields that both headers of a file have, from `version needed` on (§4.3.7, §4.3.12). */
function common(view: DataView, at: number, { name, bytes, size, crc }: Entry): void {
  view.setUint16(at, VERSION, true);
  view.setUint16(at + 2, UTF8, true);
  view.setUint16(at + 4, bytes.length < size ? DEFLATED : STORED, true);
  view.setUint16(at + 8, DAY, true);
  view.setUint32(at + 10, crc, true);
  view.setUint32(at + 14, bytes.length, true);
  view.setUint32(at + 18, size, true);
  view.setUint16(at + 22, name.length, true);
}
