import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { SlipwayError } from '@slipway/core/errors';
import { isUri } from '../intake/fetch-source.ts';
import { isPackageFolder, readPackageFolder, writePackageFolder } from '../intake/package-folder.ts';
import { nameFor } from '../registry/reference.ts';
import type { Log } from '../telemetry/index.ts';
import type { Context } from './command.ts';
import { openReference, type Opened } from './open-reference.ts';

type Place = Pick<Context, 'home' | 'terminal' | 'flags' | 'environment'>;

/** Opens what a word means, as `openReference` does, and keeps what came from elsewhere in the home folder. */
export async function openAndKeep(word: string, context: Place): Promise<Opened> {
  const opened = await openReference(word, context);
  // A read-only home is no reason to fail.
  if (isUri(word)) await writePackageFolder(opened.pkg.files, placeOf(word, context)).catch(() => {});
  return opened;
}

/** The same, but a server that starts while its source is away begins with what was kept. */
export async function openKept(word: string, context: Place, log: Log): Promise<Opened> {
  try {
    return await openAndKeep(word, context);
  } catch (error) {
    const place = placeOf(word, context);
    if (!(error instanceof SlipwayError) || !isUri(word) || !isPackageFolder(place)) throw error;
    const model = word.replace(/[?#].*$/, '');
    log.warn('source of the model does not answer; the kept copy is served', { model, error });
    return { pkg: readPackageFolder(place), name: nameFor(model), version: undefined };
  }
}

function placeOf(word: string, { home }: Place): string {
  return join(home, 'cache', 'served', createHash('sha256').update(word).digest('hex').slice(0, 32));
}
