import { crc32 } from '../compression/checksums.ts';

const LOCAL_SIZE = 30;
const CENTRAL_SIZE = 46;
const END_SIZE = 22;
/** Names are UTF-8 (§4.4.4, bit 11). */
const UTF8 = 0x0800;
/** 1980-01-01, the first day that the format knows: the same files give the same bytes. */
const DAY = 0x0021;
const VERSION = 20;

/** Writes a zip archive of stored (not compressed) files, below 4 GiB and 65,535 files. @see APPNOTE.TXT 6.3.10 */
export function writeZip(files: ReadonlyMap<string, Uint8Array>): Uint8Array<ArrayBuffer> {
  const entries = [...files].map(([name, bytes]) => ({
    name: new TextEncoder().encode(name),
    bytes,
    crc: crc32(bytes),
    start: 0,
  }));
  const size = entries.reduce(
    (sum, { name, bytes }) => sum + LOCAL_SIZE + CENTRAL_SIZE + 2 * name.length + bytes.length,
    0,
  );
  const archive = new Uint8Array(size + END_SIZE);
  const view = new DataView(archive.buffer);
  let at = 0;
  for (const entry of entries) {
    const { name, bytes, crc } = entry;
    entry.start = at;
    view.setUint32(at, 0x04034b50, true);
    common(view, at + 4, name.length, bytes.length, crc);
    archive.set(name, at + LOCAL_SIZE);
    archive.set(bytes, at + LOCAL_SIZE + name.length);
    at += LOCAL_SIZE + name.length + bytes.length;
  }
  const directory = at;
  for (const { name, bytes, crc, start } of entries) {
    view.setUint32(at, 0x02014b50, true);
    view.setUint16(at + 4, VERSION, true);
    common(view, at + 6, name.length, bytes.length, crc);
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

/** The fields that both headers of a file have, from `version needed` on (§4.3.7, §4.3.12). */
function common(view: DataView, at: number, nameLength: number, size: number, crc: number): void {
  view.setUint16(at, VERSION, true);
  view.setUint16(at + 2, UTF8, true);
  view.setUint16(at + 8, DAY, true);
  view.setUint32(at + 10, crc, true);
  view.setUint32(at + 14, size, true);
  view.setUint32(at + 18, size, true);
  view.setUint16(at + 22, nameLength, true);
}
