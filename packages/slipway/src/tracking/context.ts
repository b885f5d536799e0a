import type { PackageArtifacts } from '../mlflow-api/index.ts';
import type { Row, RowStore } from '../stores/index.ts';

/** What every part of the tracking server works with. */
export interface Tracking {
  readonly rows: RowStore;
  readonly now: () => number;
  /** Folder of the artifacts. */
  readonly artifacts: string;
  /** Packages of the registry, which clients read as artifacts. */
  readonly packages?: PackageArtifacts | undefined;
}

/** A cell as text. */
export function text(row: Row, name: string): string {
  return String(row[name] ?? '');
}

/** `(?, ?), (?, ?)` */
export function tuples(count: number, width: number): string {
  const key = count * 100 + width;
  let sql = built.get(key);
  if (sql === undefined) built.set(key, (sql = Array.from({ length: count }, () => `(${marks(width)})`).join(', ')));
  return sql;
}

/** Few: lists are cut to few sizes. */
const built = new Map<number, string>();

/** `?, ?, ?` */
export function marks(count: number): string {
  return Array.from({ length: count }, () => '?').join(', ');
}

/** Sizes of parts, so that there are few different statements however long a list is. */
const SIZES = [128, 64, 32, 16, 8, 4, 2, 1];

/** Cuts a list into parts of few sizes. */
export function* parts<T>(list: readonly T[]): Generator<readonly T[]> {
  let from = 0;
  for (const size of SIZES) for (; list.length - from >= size; from += size) yield list.slice(from, from + size);
}
