import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fail } from '@slipway/core/errors';
import { invalid, refuse, type PackageArtifacts } from '../../mlflow-api/index.ts';
import { syncFolder, temporaryPath } from '../../stores/index.ts';
import { isPackagePath, PackageFiles } from './package-files.ts';
import { filePath } from './paths.ts';

/** An entry of a folder, as MLflow's clients read it. */
export interface Entry {
  readonly path: string;
  readonly is_dir: boolean;
  readonly file_size?: number;
}

/** Artifacts as files below one folder: what was uploaded is there whole, under its own name, or not at all. */
export class ArtifactFiles {
  readonly #root: string;
  readonly #packages: PackageFiles | undefined;

  constructor(root: string, packages?: PackageArtifacts) {
    this.#root = root;
    this.#packages = packages && new PackageFiles(packages);
  }

  /** Stores what comes; durable when it returns. What breaks off leaves nothing. */
  async write(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    if (path === '' || isPackagePath(path)) throw invalid('Invalid path');
    const target = filePath(this.#root, path);
    // Beside the artifacts, on the same disk: what is left there is removed when the home folder is opened.
    const drafts = join(dirname(this.#root), 'tmp');
    await mkdir(drafts, { recursive: true });
    const draft = temporaryPath(drafts);
    try {
      const file = await open(draft, 'wx', 0o644);
      try {
        for await (const chunk of chunks) await file.write(chunk);
        await file.sync();
      } finally {
        await file.close();
      }
      await mkdir(dirname(target), { recursive: true });
      await rename(draft, target);
    } catch (error) {
      await rm(draft, { force: true });
      throw known(error, path);
    }
    await this.#syncUp(dirname(target));
  }

  /** The entries of a folder in the order of their names; none for a file and for what is not there. */
  async list(path: string): Promise<Entry[]> {
    if (this.#packages && isPackagePath(path)) return await this.#packages.list(path);
    const folder = filePath(this.#root, path);
    let names: string[];
    try {
      names = await readdir(folder);
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
    return await Promise.all(
      names.toSorted().map(async (name): Promise<Entry> => {
        const facts = await stat(join(folder, name));
        return facts.isDirectory()
          ? { path: name, is_dir: true }
          : { path: name, is_dir: false, ...(facts.size > 0 ? { file_size: facts.size } : {}) };
      }),
    );
  }

  /** The size and time of a file. RESOURCE_DOES_NOT_EXIST, or INVALID_PARAMETER_VALUE for a folder. */
  async look(path: string): Promise<{ size: number; changed: number }> {
    if (this.#packages && isPackagePath(path)) return await this.#packages.look(path);
    const facts = await stat(filePath(this.#root, path)).catch((error: unknown) => {
      if (isMissing(error)) throw refuse('RESOURCE_DOES_NOT_EXIST', `No such artifact: '${path}'`);
      throw error;
    });
    if (facts.isDirectory()) throw invalid(`Artifact path refers to a directory, not a file: '${path}'`);
    return { size: facts.size, changed: facts.mtimeMs };
  }

  /** The bytes from `start` to `end`, both included. */
  read(path: string, start: number, end: number): AsyncIterable<Uint8Array> {
    if (this.#packages && isPackagePath(path)) return this.#packages.read(path, start, end);
    return createReadStream(filePath(this.#root, path), { start, end, highWaterMark: 256 * 1024 });
  }

  /** Removes a file or a folder with all that is in it. */
  async delete(path: string): Promise<void> {
    if (path === '' || isPackagePath(path)) throw invalid('Invalid path');
    await rm(filePath(this.#root, path), { recursive: true, force: true });
  }

  /** New folders on the way are made durable too. */
  async #syncUp(folder: string): Promise<void> {
    for (let at = folder; at.length >= this.#root.length; at = dirname(at)) await syncFolder(at);
  }
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** A file where a folder is needed, or the other way round. */
function known(error: unknown, path: string): unknown {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (['EEXIST', 'ENOTDIR', 'EISDIR', 'ENOTEMPTY', 'ENAMETOOLONG'].includes(code))
    return invalid(`Invalid path: '${path}' cannot be stored beside the artifacts that are there.`);
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return fail('OVERLOADED', { problem: 'There is no room left for artifacts.' }, { cause: error });
  return error;
}
