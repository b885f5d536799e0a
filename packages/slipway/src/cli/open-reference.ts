import { existsSync } from 'node:fs';
import { fail, SlipwayError } from '@slipway/core/errors';
import type { Package } from '@slipway/core/package';
import { isUri } from '../intake/fetch-source.ts';
import { isPackageFolder, readPackageFolder } from '../intake/package-folder.ts';
import { nameFor, parseReference } from '../registry/reference.ts';
import type { Context } from './command.ts';
import { imageOption } from './image-flag.ts';

/** A package that a user's word means, and what it is called. */
export interface Opened {
  readonly pkg: Package;
  readonly name: string;
  /** Undefined for what does not come from the registry. */
  readonly version: number | undefined;
}

/** True when the word means a file, folder or address rather than a registered model. */
export function isSource(word: string): boolean {
  return isUri(word) || existsSync(word.replace(/#sha256=.*$/i, ''));
}

/**
 * Opens `model.pkl`, `folder/`, `https://…`, `churn`, `churn:3`, `churn@champion`. A path that exists wins over a registered
 * model of the same name. Files are converted on the way, and kept in the cache.
 */
export async function openReference(
  word: string,
  context: Pick<Context, 'home' | 'terminal' | 'flags' | 'environment'>,
): Promise<Opened> {
  const { home, terminal, flags, environment } = context;
  const signers = flags.text('require-signature') ?? environment['SLIPWAY_REQUIRE_SIGNATURE'];
  if (/^oci:/i.test(word)) {
    const { pullOci } = await import('./pull-oci.ts');
    const { pkg, repository } = await pullOci(word, context);
    return { pkg, name: nameFor(repository), version: undefined };
  }
  if (signers !== undefined && (isPackageFolder(word) || isSource(word)))
    throw fail(
      'SIGNATURE_MISSING',
      { what: word },
      { hint: 'Files have no signature: import it, and sign the version.' },
    );
  if (isPackageFolder(word)) return { pkg: readPackageFolder(word), name: nameFor(word), version: undefined };
  if (isSource(word)) {
    terminal.progress(`reading ${word} …`);
    const { makePackage } = await import('../intake/make-package.ts');
    const { pkg, source, warnings } = await makePackage(word, {
      home,
      object: flags.text('object'),
      threshold: flags.number('threshold'),
      image: imageOption(flags),
      cache: true,
    });
    terminal.endProgress();
    for (const warning of warnings) terminal.warn(warning);
    return { pkg, name: nameFor(source.name), version: undefined };
  }
  const reference = parseReference(word);
  if (!reference) throw fail('FILE_NOT_FOUND', { path: word });
  const { withRegistry } = await import('./with-registry.ts');
  try {
    return await withRegistry(home, async (registry) => {
      const version = await registry.resolve(reference);
      return { pkg: await registry.load(version), name: version.model, version: version.version };
    });
  } catch (error) {
    // `model.pkl` reads like a reference, but whoever writes it means a file.
    const meansFile = error instanceof SlipwayError && error.code === 'MODEL_NOT_FOUND' && /\.[A-Za-z]\w*$/.test(word);
    if (meansFile) throw fail('FILE_NOT_FOUND', { path: word }, { cause: error });
    throw error;
  }
}
