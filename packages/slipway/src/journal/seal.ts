import { existsSync } from 'node:fs';
import { readFile, rename, rm, open } from 'node:fs/promises';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { entryColumns, parseEntries, type LogEntry } from './entry.ts';

/** Makes a Parquet file of an open segment, and removes the segment. May be repeated after being stopped anywhere. */
export async function seal(open_: string, sealed: string): Promise<void> {
  if (!existsSync(sealed)) {
    const entries = parseEntries(await readFile(open_, 'utf8'));
    if (entries.length > 0) {
      const draft = `${sealed}.draft`;
      const file = await open(draft, 'w', 0o600);
      try {
        await file.writeFile(new Uint8Array(parquetOf(entries)));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, sealed);
    }
  }
  await rm(open_, { force: true });
}

/** Parquet, compressed with Snappy. */
function parquetOf(entries: readonly LogEntry[]): ArrayBuffer {
  const columnData = Object.entries(entryColumns).map(([name, type]) => ({
    name,
    type,
    nullable: name === 'version' || name === 'key' || name === 'trace_id',
    data: entries.map((entry) => {
      const value = entry[name as keyof LogEntry];
      return name === 'time' ? new Date(Number(value)) : value;
    }),
  }));
  return parquetWriteBuffer({ columnData });
}
