import type { Format } from '../format.ts';
import type { Sink } from './sink.ts';

/** Every sink, loaded where its format is written. A table of SQLite is written as JSON lines first. */
export const sinks: Readonly<Record<Format, () => Promise<Sink>>> = {
  csv: async () => (await import('./csv.ts')).csv,
  jsonl: async () => (await import('./jsonl.ts')).jsonl,
  parquet: async () => (await import('./parquet.ts')).parquet,
  arrow: async () => (await import('./arrow.ts')).arrow,
  sqlite: async () => (await import('./jsonl.ts')).flat,
};

export type { Encoder, OutputColumn, Part, Sink } from './sink.ts';
