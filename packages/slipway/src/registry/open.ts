import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { accessMigrations, KeyStore, keysWhenThere, type KeySource } from '../access/index.ts';
import { FeedbackStore, journalMigrations } from '../journal/index.ts';
import { cleanTemporary, diskBlobs, openSqlite, type RowStore } from '../stores/index.ts';
import { EndpointStore } from './endpoint-store.ts';
import { Registry } from './registry.ts';
import { registryMigrations } from './schema.ts';

export interface HomeOptions {
  readonly home: string;
  /** See {@link openSqlite}: servers take `worker`. */
  readonly thread: 'worker' | 'inline';
  readonly now?: (() => Date) | undefined;
}

/** Everything that a home folder holds. */
export interface Home {
  readonly rows: RowStore;
  readonly registry: Registry;
  readonly keys: KeyStore;
  readonly endpoints: EndpointStore;
  readonly feedback: FeedbackStore;
  close(): Promise<void>;
}

const databaseOf = (home: string): string => join(home, 'slipway.db');
/** Steps of all rooms; each has a number of its own. */
export const migrations = [...registryMigrations, ...accessMigrations, ...journalMigrations].toSorted(
  (a, b) => a.number - b.number,
);

/** Opens a home folder, making it where it is missing. Any number of processes may do so at once. */
export async function openHome({ home, thread, now = () => new Date() }: HomeOptions): Promise<Home> {
  const temporary = join(home, 'tmp');
  const rows = await openSqlite({ path: databaseOf(home), migrations, thread });
  await cleanTemporary(temporary, now().getTime());
  const registry = new Registry(rows, diskBlobs(join(home, 'blobs'), temporary), now);
  return {
    rows,
    registry,
    keys: new KeyStore(rows, now),
    endpoints: new EndpointStore(rows, now),
    feedback: new FeedbackStore(rows, now),
    close: () => rows.close(),
  };
}

/** The registry alone. */
export async function openRegistry(options: HomeOptions): Promise<Registry> {
  return (await openHome(options)).registry;
}

/** The keys of a home folder that may not be there yet. */
export function keysOfHome(home: string): KeySource & AsyncDisposable {
  const path = databaseOf(home);
  return keysWhenThere(
    () => existsSync(path),
    () => openSqlite({ path, migrations, thread: 'inline' }),
  );
}
