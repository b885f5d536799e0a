import { watchRows, type RowStore } from '../stores/index.ts';
import { KeyStore, type StoredKey } from './key-store.ts';
import { QuotaStore, type QuotaState, type Spending } from './quota-store.ts';

/** Where a server finds its keys, and learns that they changed. */
export interface KeySource {
  stored(): Promise<readonly StoredKey[]>;
  /** Notes when keys were used last, by id. */
  touch(uses: ReadonlyMap<string, string>): Promise<void>;
  /** What is left of quotas, by id. */
  quotas(): Promise<ReadonlyMap<string, QuotaState>>;
  /** Takes from quotas what was used, by id; gives what is left of those. */
  spend(uses: ReadonlyMap<string, Spending>, nowMs: number): Promise<ReadonlyMap<string, QuotaState>>;
  /** Calls back within a second after any process changed them. Returns how to stop. */
  watch(changed: () => void): () => void;
}

/** The keys of an open database. */
export function keysOf(rows: RowStore): KeySource {
  const store = new KeyStore(rows);
  const quotas = new QuotaStore(rows);
  return {
    stored: () => store.stored(),
    touch: (uses) => store.touch(uses),
    quotas: () => quotas.states(),
    spend: (uses, nowMs) => quotas.spend(uses, nowMs),
    watch: (changed) => watchRows(rows, changed),
  };
}

/** How often a database is looked for that is not there yet. */
const LOOK_MS = 500;

/** The keys of a database that may come later: a server of files needs none, but closes when somebody makes a key. */
export function keysWhenThere(isThere: () => boolean, open: () => Promise<RowStore>): KeySource & AsyncDisposable {
  let opening: Promise<{ readonly rows: RowStore; readonly keys: KeySource }> | undefined;
  const opened = () =>
    (opening ??= open().then(
      (rows) => ({ rows, keys: keysOf(rows) }),
      (error: unknown) => {
        opening = undefined;
        throw error;
      },
    ));
  return {
    stored: async () => (opening || isThere() ? (await opened()).keys.stored() : []),
    touch: async (uses) => (opening ? (await opened()).keys.touch(uses) : undefined),
    quotas: async () => (opening || isThere() ? (await opened()).keys.quotas() : new Map()),
    spend: async (uses, nowMs) => (opening ? (await opened()).keys.spend(uses, nowMs) : new Map()),
    watch(changed) {
      let stop: (() => void) | undefined;
      const look = () => {
        if (!isThere()) return;
        clearInterval(timer);
        opened().then(
          ({ keys }) => {
            stop = keys.watch(changed);
            changed();
          },
          () => undefined,
        );
      };
      const timer = setInterval(look, LOOK_MS);
      timer.unref();
      look();
      return () => {
        clearInterval(timer);
        stop?.();
      };
    },
    async [Symbol.asyncDispose]() {
      if (opening) await (await opening).rows.close();
    },
  };
}
