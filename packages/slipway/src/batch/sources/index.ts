import type { Format } from '../format.ts';
import type { Source } from './source.ts';

/** Every source, loaded where a file of its format is read. */
export const sources: Readonly<Record<Format, () => Promise<Source>>> = {
  csv: async () => (await import('./text.ts')).csv,
  jsonl: async () => (await import('./text.ts')).jsonl,
  parquet: async () => (await import('./parquet.ts')).parquet,
  arrow: async () => (await import('./arrow.ts')).arrow,
  sqlite: async () => (await import('./sqlite.ts')).sqlite,
};

export type { Columns, Piece, PieceSize, Place, Source, ValueType } from './source.ts';
