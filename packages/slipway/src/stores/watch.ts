import type { RowStore } from './row-store.ts';

/** Calls back after any process changed the database, at the latest after `everyMs`. Returns how to stop. */
export function watchRows(rows: RowStore, changed: () => void, everyMs = 500): () => void {
  let seen: number | undefined;
  let busy = false;
  const look = async () => {
    if (busy) return;
    busy = true;
    try {
      const version = await rows.dataVersion();
      if (seen !== undefined && version !== seen) changed();
      seen = version;
    } catch {
      // The database is locked or gone for the moment; what is known keeps serving, and the next look tries again.
    } finally {
      busy = false;
    }
  };
  const timer = setInterval(() => void look(), everyMs);
  timer.unref();
  void look();
  return () => clearInterval(timer);
}
