import { fail } from '@slipway/core/errors';
import { most } from './limits.ts';
import type { Picked, PickedFile } from './messages.ts';

/** What lies on the clipboard of a drop: files, or a folder with everything in it. Must be called in the event itself. */
export function pickDropped(data: DataTransfer): Promise<Picked | undefined> {
  // The list is empty after the event, so its entries are taken at once.
  const entries = [...data.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const [first] = entries;
  const [file] = data.files;
  if (first && (first.isDirectory || entries.length > 1)) return pickFolder(first, entries);
  return Promise.resolve(file && pickFile(file));
}

export function pickFile(file: File): Picked {
  return { name: file.name, isFolder: false, files: [{ path: file.name, file }] };
}

/** What a folder input gives: paths begin with the folder's own name. */
export function pickListed(files: readonly File[]): Picked | undefined {
  const [first] = files;
  if (!first) return undefined;
  if (files.length > most.files) throw tooMany();
  const [name = 'model'] = first.webkitRelativePath.split('/');
  const inside = files.map((file) => ({ path: file.webkitRelativePath.slice(name.length + 1), file }));
  return { name, isFolder: true, files: inside };
}

async function pickFolder(first: FileSystemEntry, entries: readonly FileSystemEntry[]): Promise<Picked> {
  const files: PickedFile[] = [];
  // One folder is what it holds; several things are the members of a folder without a name.
  const only = entries.length === 1 && first.isDirectory ? first : undefined;
  for (const entry of only ? await list(only) : entries) await walk(entry, '', 0, files);
  return { name: only?.name ?? 'model', isFolder: true, files };
}

async function walk(entry: FileSystemEntry, prefix: string, depth: number, files: PickedFile[]): Promise<void> {
  if (depth > most.depth) throw fail('LIMIT_EXCEEDED', { format: 'folder', what: 'its depth', limit: most.depth });
  const path = prefix + entry.name;
  if (isFile(entry)) {
    if (files.length >= most.files) throw tooMany();
    files.push({ path, file: await new Promise<File>((resolve, reject) => entry.file(resolve, reject)) });
    return;
  }
  for (const member of await list(entry)) await walk(member, `${path}/`, depth + 1, files);
}

/** Browsers give a folder's members in pieces, an empty one at the end. */
async function list(folder: FileSystemEntry): Promise<FileSystemEntry[]> {
  if (!isFolder(folder)) return [];
  const reader = folder.createReader();
  const found: FileSystemEntry[] = [];
  for (;;) {
    const piece = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (piece.length === 0) return found;
    found.push(...piece);
    if (found.length > most.files) throw tooMany();
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

function tooMany() {
  return fail('LIMIT_EXCEEDED', { format: 'folder', what: 'the number of files', limit: most.files });
}
