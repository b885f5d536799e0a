export type { BlobStore } from './blob-store.ts';
export { diskBlobs, sha256Hex } from './disk-blobs.ts';
export { cleanTemporary, syncFolder, temporaryPath } from './durable.ts';
export { nodeInflate } from './inflate.ts';
export type { Migration } from './migrate.ts';
export type { Cell, Row, RowStore, Statement } from './row-store.ts';
export { openSqlite } from './sqlite.ts';
export { watchRows } from './watch.ts';
