import { join, resolve } from 'node:path';
import type { DeclaredImage } from '@slipway/core/pre';
import { readPackage, type Package } from '@slipway/core/package';
import { sha256Hex } from '../stores/index.ts';
import type { Built } from './build.ts';
import { PackageCache } from './cache.ts';
import { checkPin, fetchSource } from './fetch-source.ts';
import type { Inspection } from './inspect.ts';
import { isolate } from './isolate.ts';
import type { IntakeOptions } from './options.ts';
import { identify, type SourceFacts } from './source.ts';

export interface MakeOptions {
  /** Folder of all state: downloads, drafts and the cache go below it. */
  readonly home: string;
  readonly object?: string | undefined;
  readonly threshold?: number | undefined;
  readonly image?: DeclaredImage | undefined;
  readonly sample?: string | undefined;
  /** Takes a package from the cache, or keeps it there, for files that are used without importing them. */
  readonly cache?: boolean | undefined;
}

export interface Made {
  readonly pkg: Package;
  readonly source: SourceFacts;
  /** Undefined when the package came from the cache. */
  readonly executors: Built['executors'] | undefined;
  readonly warnings: readonly string[];
}

/** A file, folder or URL → a verified package. The foreign bytes are read in a process of their own. */
export async function makePackage(text: string, options: MakeOptions): Promise<Made> {
  return await withSource(text, options, async (source, intake) => {
    const cache = options.cache ? new PackageCache(options.home) : undefined;
    const known = await cache?.get(source, intake);
    if (known) return { pkg: known, source, executors: undefined, warnings: [] };
    const { files, executors, warnings } = await isolate('build', [intake, source], source.size);
    const pkg = readPackage(files, sha256Hex);
    await cache?.put(source, intake, pkg);
    return { pkg, source, executors, warnings };
  });
}

/** Says what a file, folder or URL holds; nothing of it is executed. */
export function inspectSource(text: string, options: MakeOptions): Promise<Inspection> {
  return withSource(text, options, (source, intake) => isolate('inspect', [intake, source], source.size));
}

async function withSource<T>(
  text: string,
  { home, object, threshold, image, sample }: MakeOptions,
  use: (source: SourceFacts, intake: IntakeOptions) => Promise<T>,
): Promise<T> {
  await using fetched = await fetchSource(text, join(home, 'tmp'));
  const found = await identify(fetched.path);
  checkPin(fetched, found.sha256);
  const source = { ...found, name: fetched.name.split(/[\\/]/).findLast((part) => part !== '') ?? found.name };
  const path = resolve(fetched.path);
  return await use(source, {
    path,
    name: source.name,
    object,
    threshold,
    image,
    sample: sample === undefined ? undefined : resolve(sample),
  });
}
