/**
 * Joins the modules that a start and an import load, some 350 and 400 of them, into a few files: that is half the time of a start.
 * Threads start from the files themselves, and what a module reads beside itself is found from where it was.
 * Plain JavaScript that Node 20 understands.
 */
import { cpSync, existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import { joinedFolder } from '../packages/slipway/bin/joined.mjs';
import { root } from './programs.mjs';

const entries = ['cli/main', 'intake/task'];
/** Sets that are kept beside the newest: a server that runs may load more of its own. */
const older = 2;

/** Joins the modules below `home` (`src` with `.ts`, `dist` with `.js`) into `out`. */
export async function joinModules(home, extension, out) {
  const [{ rolldown }, { ownPlaces }] = await Promise.all([import('rolldown'), import('./places.mjs')]);
  const placeOf = (id) => relative(out, id).replaceAll('\\', '/');
  const bundle = await rolldown({
    input: Object.fromEntries(entries.map((entry) => [basename(entry), join(home, `${entry}${extension}`)])),
    platform: 'node',
    external: (id) => !id.startsWith('.') && !isAbsolute(id) && !/^(?:@slipway|@oxc-project|yaml)\b/.test(id),
    plugins: [ownPlaces(home, placeOf)],
  });
  await bundle.write({ dir: out, chunkFileNames: '[name]-[hash].js', minify: { mangle: false, compress: false } });
  await bundle.close();
  // It is part of what was joined, and asks for its notice to go with it.
  cpSync(join(root, 'node_modules/yaml/LICENSE'), join(out, 'yaml.LICENSE'));
}

/** Joins the sources of this checkout, if that has not been done since their last change. */
export async function joinSources() {
  const folder = joinedFolder();
  if (existsSync(folder)) return;
  const temporary = `${folder}.${process.pid}`;
  await joinModules(join(root, 'packages/slipway/src'), '.ts', temporary);
  try {
    renameSync(temporary, folder);
  } catch {
    // Another start was faster.
    rmSync(temporary, { recursive: true, force: true });
  }
  removeOlder(dirname(folder), folder);
}

function removeOlder(home, newest) {
  const byAge = readdirSync(home)
    .map((name) => join(home, name))
    .filter((path) => path !== newest)
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  for (const path of byAge.slice(older)) rmSync(path, { recursive: true, force: true });
}
