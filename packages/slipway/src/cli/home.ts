import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** The folder of all state: `--home`, `SLIPWAY_HOME`, or `~/.slipway`. */
export function homeFolder(given: string | undefined): string {
  return given === undefined ? join(homedir(), '.slipway') : resolve(given);
}
