import { fail } from '@slipway/core/errors';
import type { RowStore, Statement } from './row-store.ts';

/** One step of the schema. Numbers only grow; a step that was released is never changed. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly statements: readonly string[];
}

/**
 * Runs the steps that the database lacks, each in one transaction with its own mark, so a process that is killed or that
 * starts at the same time as another does no harm. A database of a newer Slipway is refused.
 */
export async function migrate(store: RowStore, migrations: readonly Migration[]): Promise<void> {
  const done = await applied(store);
  const newest = Math.max(0, ...migrations.map(({ number }) => number));
  if (done > newest) {
    throw fail(
      'CONFLICT',
      { problem: `The database was made by a newer Slipway (schema ${done}; this one knows ${newest}).` },
      {
        hint: 'Update Slipway, or choose another --home.',
      },
    );
  }
  for (const migration of migrations.filter(({ number }) => number > done)) {
    try {
      await store.write([mark(migration), ...migration.statements.map((sql) => ({ sql }))]);
    } catch (error) {
      // Another process was first: its mark is there and ours was refused.
      if ((await applied(store)) < migration.number) throw error;
    }
  }
}

async function applied(store: RowStore): Promise<number> {
  const [table] = await store.read(`SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'migrations'`);
  if (!table) {
    await store.write([
      { sql: 'CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL)' },
    ]);
  }
  const [row] = await store.read('SELECT max(number) AS newest FROM migrations');
  return Number(row?.['newest'] ?? 0);
}

function mark({ number, name }: Migration): Statement {
  return { sql: 'INSERT INTO migrations (number, name) VALUES (?, ?)', values: [number, name] };
}
