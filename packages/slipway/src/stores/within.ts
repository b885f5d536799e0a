import { existsSync, realpathSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';

/** True when the path lies below one of the folders; links are followed before it is judged. */
export function isWithin(path: string, folders: readonly string[]): boolean {
  const real = realOf(resolve(path));
  const isBelow = (folder: string): boolean => {
    const parent = realOf(resolve(folder));
    return real === parent || real.startsWith(parent.endsWith(sep) ? parent : parent + sep);
  };
  return folders.some(isBelow);
}

/** Of what is not there yet, the nearest folder that is. */
function realOf(path: string): string {
  let at = path;
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  const rest = path.slice(at.length);
  return realpathSync(at).replace(/[\\/]$/, '') + (rest === '' || rest.startsWith(sep) ? rest : sep + rest);
}
