import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's `fixtures/` folder. Its README explains the fields below. */
export const fixturesFolder = resolve(dirname(fileURLToPath(import.meta.url)), '../fixtures');

/** A value in a golden; non-finite numbers are the strings "NaN", "Infinity" and "-Infinity". */
export type GoldenValue = number | string | boolean | null | readonly GoldenValue[];

/** One input row: an object for tables, a (nested) array for arrays, a string for texts. `null` is NaN. */
export type GoldenRow = Readonly<Record<string, number | string | boolean | null>> | readonly GoldenValue[] | string;

export interface GoldenColumn {
  readonly name: string;
  readonly type: 'float64' | 'float32' | 'int64' | 'bool' | 'string' | 'category';
  readonly categories?: readonly (string | number | boolean)[];
}

export interface Golden {
  readonly fixture: string;
  readonly file: string;
  readonly format: string;
  readonly library: string;
  readonly version: string;
  readonly python: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly task:
    | 'classification'
    | 'regression'
    | 'clustering'
    | 'transform'
    | 'outlier'
    | 'text'
    | 'image'
    | 'multilabel';
  readonly input:
    | { readonly columns: readonly GoldenColumn[] }
    | { readonly dtype: string; readonly shape: readonly (number | null)[] };
  readonly rows: readonly GoldenRow[];
  readonly outputs: Readonly<Record<string, readonly GoldenValue[]>>;
  readonly rejects?: readonly { readonly row: GoldenRow; readonly error: string }[];
  readonly classes?: readonly (string | number | boolean)[];
  readonly object_path?: readonly (string | number)[];
  readonly tolerance?: { readonly rtol: number; readonly atol: number };
  readonly also?: readonly {
    readonly file: string;
    readonly format: string;
    readonly verify?: boolean;
    readonly outputs?: Readonly<Record<string, string>>;
  }[];
  readonly contains_code?: boolean;
  readonly main_module?: string;
  readonly methods?: readonly string[];
  readonly target_names?: readonly string[];
  readonly feature_names_out?: readonly string[];
  readonly serialisation?: { readonly protocol?: number; readonly compress?: unknown };
}

/** A model fixture: its golden, and where the model is. */
export interface Fixture {
  readonly name: string;
  readonly folder: string;
  /** Absolute path of the model file, or directory. */
  readonly path: string;
  readonly golden: Golden;
}

/** A hostile file: what it tries and what must happen. Fields as in `fixtures/hostile/index.json`. */
export interface HostileFile {
  readonly file: string;
  /** Absolute path of the file, or directory. */
  readonly path: string;
  readonly kind: 'exec' | 'read' | 'write' | 'dos' | 'corrupt';
  readonly tries: string;
  readonly technique: string;
  readonly expect: string;
}

/** Names of all model fixtures in order, or of those that start with `prefix`; throws when there is none. */
export function fixtureNames(prefix = ''): string[] {
  const names = readdirSync(join(fixturesFolder, 'models'))
    .filter((name) => name.startsWith(prefix))
    .sort();
  if (names.length === 0) throw new Error(`No fixture starts with "${prefix}" in ${fixturesFolder}/models.`);
  return names;
}

/** Reads one fixture; throws when its folder, golden or model is missing. */
export function readFixture(name: string): Fixture {
  const folder = join(fixturesFolder, 'models', name);
  const golden = JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8')) as Golden;
  return { name, folder, path: existing(join(folder, golden.file)), golden };
}

/** Bytes of a fixture's model file, or of another file in its folder. */
export function readModelBytes(fixture: Fixture, file: string = fixture.golden.file): Uint8Array {
  return new Uint8Array(readFileSync(join(fixture.folder, file)));
}

/** All hostile files; throws when one that the index names is missing. */
export function hostileFiles(): HostileFile[] {
  const folder = join(fixturesFolder, 'hostile');
  const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as {
    readonly files: readonly Omit<HostileFile, 'path'>[];
  };
  return index.files.map((entry) => ({ ...entry, path: existing(join(folder, entry.file)) }));
}

/** The number that a golden value stands for: its spelling of non-finite values read back, `true` as 1, `null` as NaN. */
export function goldenNumber(value: GoldenValue | undefined): number {
  if (value === null) return Number.NaN;
  if (typeof value === 'number' || typeof value === 'boolean') return Number(value);
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
  throw new Error(`Not a number in a golden: ${JSON.stringify(value)}`);
}

/** Whether `actual` is within the golden's tolerance (1e-12 relative, 1e-12 absolute by default) of `expected`. */
export function isClose(actual: number, expected: number, { rtol = 1e-12, atol = 1e-12 } = {}): boolean {
  if (Object.is(actual, expected) || actual === expected) return true;
  return Math.abs(actual - expected) <= atol + rtol * Math.abs(expected);
}

function existing(path: string): string {
  if (!existsSync(path)) throw new Error(`Fixture is missing: ${path}`);
  return path;
}
