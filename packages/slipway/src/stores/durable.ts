import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';

/** What is left of a process that was killed is removed by age when it ran elsewhere. */
const staleMs = 24 * 3600 * 1000;

/** A name in `folder` that no other process uses; it tells who made it. */
export function temporaryPath(folder: string): string {
  return join(folder, `${hostname()}~${process.pid}~${randomBytes(6).toString('hex')}`);
}

/** Writes a file so that, whenever the process or machine stops, either all of it is there or nothing. */
export async function writeDurably(path: string, bytes: Uint8Array, temporary: string): Promise<void> {
  await mkdir(temporary, { recursive: true });
  const draft = temporaryPath(temporary);
  try {
    const file = await open(draft, 'wx', 0o644);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await makeFolder(dirname(path));
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Makes a folder and its parents durably. */
async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}

/** Makes a rename inside the folder survive a power cut. Windows has no such call and does not need it. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Removes the drafts of processes that are gone. Safe beside running ones. */
export async function cleanTemporary(folder: string, now: number): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const path = join(folder, name);
    const [host, pid] = name.split('~');
    const age = now - ((await stat(path).catch(() => undefined))?.mtimeMs ?? now);
    if (age > staleMs || (host === hostname() && !isAlive(Number(pid))))
      await rm(path, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
