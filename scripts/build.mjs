#!/usr/bin/env node
/**
 * Compiles each package's src/ to its dist/, and copies what is not TypeScript beside it.
 * Plain JavaScript that Node 20 understands.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { node24 } from '../packages/slipway/bin/node24.mjs';
import { programPath, root } from './programs.mjs';

for (const name of readdirSync(join(root, 'packages'))) {
  const home = join(root, 'packages', name);
  rmSync(join(home, 'dist'), { recursive: true, force: true });
  if (!existsSync(join(home, 'src'))) continue;
  const isAsset = (path) => !/\.(?:tsx?|md)$/.test(path);
  cpSync(join(home, 'src'), join(home, 'dist'), { recursive: true, filter: isAsset });
}
// What tsc remembers of the last run is not in dist/: without --force it would write nothing.
const { status } = spawnSync(node24(), [programPath('tsc'), '-b', '--force', 'packages/core', 'packages/slipway'], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
