/** Where the programs of the installed packages are. Plain JavaScript that Node 20 understands. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

export const binFolder = join(root, 'node_modules/.bin');

const packageOf = { tsc: 'typescript' };

/** The JavaScript file behind a program's name. Not the link in .bin: on Windows that is a shell script. */
export function programPath(program) {
  const home = join(root, 'node_modules', packageOf[program] ?? program);
  const manifest = join(home, 'package.json');
  if (!existsSync(manifest)) throw new Error(`${program} is not installed: run node scripts/bootstrap.mjs first.`);
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
  return join(home, typeof bin === 'string' ? bin : bin[program]);
}
