import { packagesFolder, refuse, type PackageArtifacts, type PackageFile } from '../../mlflow-api/index.ts';
import type { Entry } from './files.ts';

/** True for paths where packages of the registry show. */
export function isPackagePath(path: string): boolean {
  return path === packagesFolder || path.startsWith(`${packagesFolder}/`);
}

/** Packages of the registry as artifacts that can be read. */
export class PackageFiles {
  readonly #packages: PackageArtifacts;

  constructor(packages: PackageArtifacts) {
    this.#packages = packages;
  }

  /** The entries of a folder of a package. */
  async list(path: string): Promise<Entry[]> {
    const { files, inner } = await this.#open(path);
    const prefix = inner === '' ? '' : `${inner}/`;
    const entries = new Map<string, Entry>();
    for (const [name, { size }] of files ?? []) {
      if (!name.startsWith(prefix)) continue;
      const [first = '', ...rest] = name.slice(prefix.length).split('/');
      const entry = rest.length > 0 ? { path: first, is_dir: true } : { path: first, is_dir: false, file_size: size };
      entries.set(first, entry);
    }
    return [...entries.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** What never changes was always there. */
  async look(path: string): Promise<{ size: number; changed: number }> {
    return { size: (await this.#file(path)).size, changed: 0 };
  }

  async *read(path: string, start: number, end: number): AsyncGenerator<Uint8Array> {
    yield (await (await this.#file(path)).read()).subarray(start, end + 1);
  }

  async #file(path: string): Promise<PackageFile> {
    const { files, inner } = await this.#open(path);
    const file = files?.get(inner);
    if (!file) throw refuse('RESOURCE_DOES_NOT_EXIST', `No such artifact: '${path}'`);
    return file;
  }

  async #open(path: string) {
    const [, digest = '', ...inner] = path.split('/');
    return { files: await this.#packages.files(digest), inner: inner.join('/') };
  }
}
