import { readdirSync, realpathSync, statSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { fail } from '@slipway/core/errors';
import type { ServedModel } from '../engine/index.ts';
import { isPackageFolder } from '../intake/package-folder.ts';

type Open = (place: string, name: string) => Promise<ServedModel>;

/**
 * Opens models that a client names by path, below the allowed folders only; undefined where none are allowed.
 * Links are followed before the path is judged. SageMaker names the folder that it unpacked: its only file is the model.
 */
export function openPlaces(folders: string | undefined, open: Open): Open | undefined {
  const allowed = (folders ?? '').split(',').filter(Boolean);
  if (allowed.length === 0) return undefined;
  return async (place, name) => open(fileIn(permitted(place, allowed)), name);
}

function permitted(place: string, allowed: readonly string[]): string {
  const path = place.replace(/^file:\/\//, '');
  const real = realPath(resolve(path));
  const isBelow = (folder: string): boolean => {
    const parent = realPath(resolve(folder));
    return real !== undefined && parent !== undefined && (real === parent || real.startsWith(parent + sep));
  };
  if (real !== undefined && allowed.some(isBelow)) return real;
  throw fail('INVALID_REQUEST', {
    problem: `${JSON.stringify(place.slice(0, 200))} is not below a folder that this server loads models from (--model-place).`,
  });
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function fileIn(path: string): string {
  if (!statSync(path).isDirectory() || isPackageFolder(path)) return path;
  const files = readdirSync(path).filter((name) => !name.startsWith('.'));
  return files.length === 1 ? join(path, files[0] as string) : path;
}
