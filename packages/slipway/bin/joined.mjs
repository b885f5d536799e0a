/**
 * The modules of a checkout joined into a few files, which `scripts/join.mjs` makes: a start that loads 350 modules takes twice as long.
 * They are used only while no source has changed since; `SLIPWAY_JOINED=` (empty) runs the sources. Plain JavaScript that Node 20 understands.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const checkout = fileURLToPath(new URL('../../../', import.meta.url));
const packages = ['core', 'edge', 'slipway'];

/** The joined modules as they belong to the sources as they are now, if they were made; a process that we start is told. */
export function joinedModules() {
  const known = process.env.SLIPWAY_JOINED;
  if (known !== undefined) return known || undefined;
  const folder = joinedFolder();
  process.env.SLIPWAY_JOINED = folder && existsSync(folder) ? folder : '';
  return process.env.SLIPWAY_JOINED || undefined;
}

/** Where the joined modules of the sources as they are now belong; undefined outside a checkout. */
export function joinedFolder(root = checkout) {
  if (!existsSync(join(root, 'scripts/join.mjs'))) return undefined;
  const files = { count: 0, bytes: 0, newest: 0 };
  for (const name of packages) {
    const folder = join(root, 'packages', name, 'src');
    for (const path of readdirSync(folder, { recursive: true })) {
      if (!path.endsWith('.ts') || path.endsWith('.test.ts')) continue;
      const { mtimeMs, size } = statSync(`${folder}/${path}`);
      files.count += 1;
      files.bytes += size;
      if (mtimeMs > files.newest) files.newest = mtimeMs;
    }
  }
  return join(root, '.cache/joined', Object.values(files).join('-'));
}
