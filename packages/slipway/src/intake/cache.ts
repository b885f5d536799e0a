import { statSync } from 'node:fs';
import { glob, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SlipwayError } from '@slipway/core/errors';
import type { Package } from '@slipway/core/package';
import { sha256Hex } from '../stores/index.ts';
import type { IntakeOptions } from './options.ts';
import { readPackageFolder, writePackageFolder } from './package-folder.ts';
import type { SourceFacts } from './source.ts';
import { version } from './version.ts';

const mostPackages = 20;

/** Packages of files that were used without importing them, by what they were made from. Losing them costs time only. */
export class PackageCache {
  readonly #folder: string;

  constructor(home: string) {
    this.#folder = join(home, 'cache', 'packages');
  }

  /** Undefined when there is none, or when what is there is damaged. */
  async get(facts: SourceFacts, options: IntakeOptions): Promise<Package | undefined> {
    const path = await this.#pathOf(facts, options);
    try {
      const pkg = readPackageFolder(path);
      await utimes(path, new Date(), new Date());
      return pkg;
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      await rm(path, { recursive: true, force: true }).catch(() => {});
      return undefined;
    }
  }

  /** Keeps a package where the folder can be written; a read-only home is no reason to fail. */
  async put(facts: SourceFacts, options: IntakeOptions, pkg: Package): Promise<void> {
    try {
      await writePackageFolder(pkg.files, await this.#pathOf(facts, options));
      await this.#trim();
    } catch {
      // Next time it is made again.
    }
  }

  async #pathOf({ sha256, around }: SourceFacts, { object, threshold, image }: IntakeOptions): Promise<string> {
    const key = JSON.stringify([
      await importerStamp(),
      sha256,
      object ?? null,
      threshold ?? null,
      image ?? null,
      around ?? null,
    ]);
    return join(this.#folder, sha256Hex(Buffer.from(key)).slice(0, 32));
  }

  async #trim(): Promise<void> {
    const names = await readdir(this.#folder);
    const entries = await Promise.all(
      names.map(async (name) => ({ name, at: (await stat(join(this.#folder, name))).mtimeMs })),
    );
    for (const { name } of entries.toSorted((a, b) => b.at - a.at).slice(mostPackages)) {
      await rm(join(this.#folder, name), { recursive: true, force: true });
    }
  }
}

/** What the importers are: their version, and in a checkout when one of their sources was changed last. */
async function importerStamp(): Promise<string> {
  if (!import.meta.url.endsWith('.ts')) return version;
  let newest = 0;
  for (const root of ['../../../core/src', '.']) {
    const folder = fileURLToPath(new URL(root, import.meta.url));
    for await (const name of glob('**/*.ts', { cwd: folder }))
      newest = Math.max(newest, statSync(join(folder, name)).mtimeMs);
  }
  return `${version}+${newest}`;
}
