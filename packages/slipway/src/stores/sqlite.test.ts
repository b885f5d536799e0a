import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Migration } from './migrate.ts';
import type { RowStore } from './row-store.ts';
import { openSqlite } from './sqlite.ts';

const migrations: Migration[] = [
  {
    number: 1,
    name: 'things',
    statements: ['CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)'],
  },
  { number: 2, name: 'size', statements: ['ALTER TABLE things ADD COLUMN size INTEGER'] },
];

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-rows-'));
  path = join(folder, 'deep/er/slipway.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe.for(['inline', 'worker'] as const)('SQLite %s', (thread) => {
  const open = () => openSqlite({ path, migrations, thread });
  const insert = (name: string) => ({ sql: 'INSERT INTO things (name) VALUES (?) RETURNING id', values: [name] });

  test('writes and reads rows', async () => {
    const store = await open();
    expect(await store.write([insert('a'), insert('b')])).toMatchObject([[{ id: 1 }], [{ id: 2 }]]);
    expect(await store.read('SELECT name FROM things WHERE id > ?', [1])).toMatchObject([{ name: 'b' }]);
    await store.close();
  });

  test('a transaction is all or nothing', async () => {
    const store = await open();
    await expect(store.write([insert('a'), insert('a')])).rejects.toThrow('UNIQUE');
    expect(await store.read('SELECT * FROM things')).toEqual([]);
    await store.write([insert('a')]);
    await store.close();
  });

  test('data and schema survive, and migrations run once', async () => {
    const first = await open();
    await first.write([insert('kept')]);
    await first.close();
    const second = await open();
    expect(await second.read('SELECT name, size FROM things')).toMatchObject([{ name: 'kept', size: null }]);
    await second.close();
  });

  test('a database of a newer Slipway is refused', async () => {
    const newer = [...migrations, { number: 3, name: 'future', statements: [] }];
    await (await openSqlite({ path, migrations: newer, thread })).close();
    await expect(open()).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test('the data version tells of own and of other writes', async () => {
    const [one, two] = [await open(), await open()];
    const versions = async (store: RowStore) => [await store.dataVersion(), await store.dataVersion()];
    const [before, same] = await versions(one);
    expect(same).toBe(before);
    await two.write([insert('from two')]);
    const after = await one.dataVersion();
    expect(after).not.toBe(before);
    await one.write([insert('from one')]);
    expect(await one.dataVersion()).not.toBe(after);
    await one.close();
    await two.close();
  });

  test('a wrong statement is an error and the store goes on', async () => {
    const store = await open();
    await expect(store.read('SELEKT 1')).rejects.toThrow('syntax');
    expect(await store.read('SELECT 1 AS one')).toMatchObject([{ one: 1 }]);
    await store.close();
  });
});

test('many first starts at once all succeed', async () => {
  const stores = await Promise.all(Array.from({ length: 6 }, () => openSqlite({ path, migrations, thread: 'worker' })));
  await Promise.all(
    stores.map((store, i) => store.write([{ sql: 'INSERT INTO things (name) VALUES (?)', values: [`s${i}`] }])),
  );
  expect(await stores[0]?.read('SELECT count(*) AS n FROM things')).toMatchObject([{ n: 6 }]);
  await Promise.all(stores.map((store) => store.close()));
});
