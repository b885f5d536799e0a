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
const { status } = spawnSync(
  node24(),
  [programPath('tsc'), '-b', '--force', 'packages/core', 'packages/edge', 'packages/slipway'],
  {
    cwd: root,
    stdio: 'inherit',
  },
);
if (status !== 0) process.exit(status ?? 1);
// The documentation goes with the server, which serves it under /ui/site/.
const site = [join(root, 'site/build.ts'), join(root, 'packages/slipway/dist/site')];
process.exit(spawnSync(node24(), site, { cwd: root, stdio: 'inherit' }).status ?? 1);
