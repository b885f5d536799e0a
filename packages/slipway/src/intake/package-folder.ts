import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fail } from '@slipway/core/errors';
import { layout, readPackage, type Package } from '@slipway/core/package';
import { sha256Hex, syncFolder, temporaryPath } from '../stores/index.ts';
import { readSource } from './source.ts';

/** True when a folder is a package. */
export function isPackageFolder(path: string): boolean {
  return existsSync(join(path, layout.manifest));
}

/** Reads a package from a folder, every byte verified. */
export function readPackageFolder(path: string): Package {
  const { files } = readSource(path);
  const read = [...(files ?? [])].map(([name, bytes]) => [name, bytes()] as const);
  return readPackage(new Map(read), sha256Hex);
}

/** Writes a package as a folder: the whole folder appears at once, or nothing. An older package there is replaced. */
export async function writePackageFolder(files: ReadonlyMap<string, Uint8Array>, path: string): Promise<void> {
  const target = resolve(path);
  if (existsSync(target) && !isPackageFolder(target)) {
    throw fail(
      'CONFLICT',
      { problem: `${path} is there already and is no package.` },
      { hint: 'Choose another folder, or remove it.' },
    );
  }
  await mkdir(dirname(target), { recursive: true });
  const draft = temporaryPath(dirname(target));
  const old = temporaryPath(dirname(target));
  try {
    for (const [name, bytes] of files) {
      await mkdir(dirname(join(draft, name)), { recursive: true });
      await writeFile(join(draft, name), bytes, { flush: true });
    }
    if (existsSync(target)) await rename(target, old);
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
  await syncFolder(dirname(target));
  await rm(old, { recursive: true, force: true });
}
