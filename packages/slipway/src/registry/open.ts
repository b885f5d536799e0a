import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { accessMigrations, KeyStore, keysWhenThere, type KeySource } from '../access/index.ts';
import { JobStore, jobMigrations, ScheduleStore } from '../jobs/index.ts';
import { FeedbackStore, journalMigrations } from '../journal/index.ts';
import { cleanTemporary, diskBlobs, openBlobs, openSqlite, type BlobStore, type RowStore } from '../stores/index.ts';
import { ImportQueue } from './catalog/imports.ts';
import { ModelCatalog } from './catalog/models.ts';
import { VersionCatalog } from './catalog/versions.ts';
import { EndpointStore } from './endpoint-store.ts';
import { trackingMigrations } from '../tracking/schema.ts';
import { Registry } from './registry.ts';
import { registryMigrations } from './schema.ts';
import { SignatureStore } from './signature-store.ts';
import { WebhookStore } from './webhooks/store.ts';

export interface HomeOptions {
  readonly home: string;
  /** See {@link openSqlite}: servers take `worker`. */
  readonly thread: 'worker' | 'inline';
  readonly now?: (() => Date) | undefined;
  /** Where packages lie, `s3://bucket/prefix`; in the home folder unless given. */
  readonly artifactRoot?: string | undefined;
  readonly environment?: NodeJS.ProcessEnv | undefined;
}

/** Everything that a home folder holds. */
export interface Home {
  readonly rows: RowStore;
  readonly blobs: BlobStore;
  readonly registry: Registry;
  /** What people wrote about models and versions. */
  readonly models: ModelCatalog;
  readonly versions: VersionCatalog;
  readonly imports: ImportQueue;
  readonly signatures: SignatureStore;
  readonly webhooks: WebhookStore;
  readonly keys: KeyStore;
  readonly endpoints: EndpointStore;
  readonly feedback: FeedbackStore;
  readonly jobs: JobStore;
  readonly schedules: ScheduleStore;
  close(): Promise<void>;
}

const databaseOf = (home: string): string => join(home, 'slipway.db');
/** Steps of all rooms; each has a number of its own. */
export const migrations = [
  ...registryMigrations,
  ...accessMigrations,
  ...journalMigrations,
  ...trackingMigrations,
  ...jobMigrations,
].toSorted((a, b) => a.number - b.number);

/** Opens a home folder, making it where it is missing. Any number of processes may do so at once. */
export async function openHome(options: HomeOptions): Promise<Home> {
  const { home, thread, now = () => new Date(), environment = process.env } = options;
  const root = options.artifactRoot ?? environment['SLIPWAY_ARTIFACT_ROOT'];
  const temporary = join(home, 'tmp');
  const rows = await openSqlite({ path: databaseOf(home), migrations, thread });
  await cleanTemporary(temporary, now().getTime());
  const blobs = root ? await openBlobs(root, environment) : diskBlobs(join(home, 'blobs'), temporary);
  return {
    rows,
    blobs,
    registry: new Registry(rows, blobs, now),
    models: new ModelCatalog(rows, now),
    versions: new VersionCatalog(rows, now),
    imports: new ImportQueue(rows, blobs, now),
    signatures: new SignatureStore(rows, now),
    webhooks: new WebhookStore(rows, now),
    keys: new KeyStore(rows, now),
    endpoints: new EndpointStore(rows, now),
    feedback: new FeedbackStore(rows, now),
    jobs: new JobStore(rows, now),
    schedules: new ScheduleStore(rows, now),
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
