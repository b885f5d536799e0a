import { readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { externalFiles } from '@slipway/core/onnx';
import { SlipwayError } from '@slipway/core/errors';

/** Files that say how a graph is fed and what its answers mean. */
const described = ['preprocessor_config.json', 'config.json'];

/** Paths, by relative name, of what belongs to an .onnx file and lies in its folder: weights, preprocessing, class names. */
export function companionsOf(path: string, bytes: Uint8Array): Map<string, string> {
  const folder = dirname(path);
  const found = new Map<string, string>();
  for (const name of [...weightsOf(bytes), ...described]) {
    const file = join(folder, name);
    if (isInside(folder, file)) found.set(name, file);
  }
  return found;
}

/** Names and times of the files around an .onnx file: when they change, a cached package of it is not taken. */
export function stampOfFolder(path: string): string | undefined {
  if (!path.toLowerCase().endsWith('.onnx')) return undefined;
  const names = readdirSync(dirname(path), { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== basename(path) && !entry.name.startsWith('.'))
    .slice(0, 1000)
    .map(({ name }) => name);
  const lines = names.map((name) => {
    const stat = statSync(join(dirname(path), name), { throwIfNoEntry: false });
    return `${name} ${stat?.size} ${stat?.mtimeMs}`;
  });
  return lines.toSorted().join('\n');
}

function weightsOf(bytes: Uint8Array): string[] {
  try {
    return externalFiles(bytes);
  } catch (error) {
    // What is wrong with the file is told by the import itself.
    if (error instanceof SlipwayError) return [];
    throw error;
  }
}

/** A regular file that no link leads out of the folder. */
function isInside(folder: string, file: string): boolean {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return false;
  return realpathSync(file).startsWith(realpathSync(folder) + sep);
}
