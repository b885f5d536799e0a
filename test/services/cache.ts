import { homedir } from 'node:os';
import { join } from 'node:path';

/** Downloads that outlive a clone: virtual environments, browsers' profiles, peers' binaries. */
export const cacheFolder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'slipway-ci');
