/**
 * Writes the generated pages of docs/reference: `npm run docs`. With --check, says which of them are stale and exits with 1.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatedPages } from './docs/pages.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const isCheck = process.argv.includes('--check');
const stale = Object.entries(await generatedPages()).filter(([path, text]) => current(path) !== text);
for (const [path, text] of stale) {
  if (!isCheck) writeFileSync(join(root, path), text);
  process.stdout.write(`${isCheck ? 'stale' : 'written'}: ${path}\n`);
}
process.exitCode = isCheck && stale.length > 0 ? 1 : 0;

function current(path: string): string | undefined {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return undefined;
  }
}
