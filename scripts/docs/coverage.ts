import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SlipwayError } from '../../packages/core/src/errors/index.ts';
import { importers, type Imported } from '../../packages/core/src/importers/index.ts';
import { fixturesFolder, type Golden } from '../../test/fixtures.ts';
import { importPath, sourceOf } from '../../test/parity.ts';
import { nodeInflate } from '../../packages/slipway/src/stores/inflate.ts';

/** What the fixtures, which are models with answers of the original library, prove. */
export interface Coverage {
  /** By exact class path: the library versions whose answers were compared. */
  readonly classes: ReadonlyMap<string, readonly string[]>;
  /** By importer id: containers and library versions that were read. */
  readonly importers: ReadonlyMap<string, readonly Checked[]>;
  /** Fixtures that are refused: the message and what to do. */
  readonly refusals: readonly Refusal[];
}

/** One container that was read, and what wrote it. */
export interface Checked {
  readonly container: string;
  readonly library: string;
  readonly version: string;
}

export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** Imports every fixture and notes which class, container and version took part. */
export function readCoverage(): Coverage {
  const classes = new Map<string, Set<string>>();
  const containers = new Map<string, Checked[]>();
  const refusals = new Map<string, Refusal>();
  for (const { path, golden } of goldens()) {
    const result = tryImport(path, golden.object_path?.join('.'));
    if ('code' in result) {
      refusals.set(result.message, result);
      continue;
    }
    for (const { type } of result.report.steps) {
      const version = versionOf(libraryOf(type), golden);
      const versions = classes.get(type) ?? new Set();
      if (version !== undefined) classes.set(type, versions.add(version));
    }
    const importer = importers.find((candidate) => candidate.detect(sourceOf(path), { inflate: nodeInflate }));
    const id = importer?.id ?? 'folder';
    const { container } = result.report;
    const { library, version } = golden;
    containers.set(id, [...(containers.get(id) ?? []), { container, library, version: short(version) }]);
  }
  return {
    classes: new Map([...classes].map(([type, versions]) => [type, [...versions].toSorted(byVersion)])),
    importers: containers,
    refusals: [...refusals.values()],
  };
}

function* goldens(): Generator<{ readonly path: string; readonly golden: Golden }> {
  for (const group of ['models', 'extra']) {
    for (const name of readdirSync(join(fixturesFolder, group)).toSorted()) {
      const folder = join(fixturesFolder, group, name);
      if (!existsSync(join(folder, 'golden.json'))) continue;
      const golden = JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8')) as Golden;
      for (const { file } of [golden, ...(golden.also ?? [])]) yield { path: join(folder, file), golden };
    }
  }
}

function tryImport(path: string, object: string | undefined): Imported | Refusal {
  try {
    return importPath(path, object);
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    return { code: error.code, message: error.message, hint: error.hint };
  }
}

/** Libraries whose import name is not the name of their package. */
const packages: Readonly<Record<string, string>> = {
  sklearn: 'scikit-learn',
  imblearn: 'imbalanced-learn',
};

/** The name under which a library is installed: `sklearn.svm._classes.SVC` → `scikit-learn`. */
export function libraryOf(type: string): string {
  const [root = ''] = type.split('.');
  return packages[root] ?? root;
}

/** The version of a library that took part in a golden; undefined when the golden does not tell. */
function versionOf(library: string, { library: main, version, dependencies }: Golden): string | undefined {
  const found = main === library ? version : dependencies[library];
  return found === undefined ? undefined : short(found);
}

/** `1.9.1` → `1.9` */
function short(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

/** Orders `0.24` before `1.2` before `1.10`. */
export function byVersion(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
