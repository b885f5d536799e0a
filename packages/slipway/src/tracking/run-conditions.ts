import type { Clause, Grammar } from '../mlflow-api/index.ts';
import type { Tracking } from './context.ts';
import { RUN_NAME } from './run-store.ts';
import { compare, type Sql } from './search-sql.ts';

const ATTRIBUTES = ['artifact_uri', 'end_time', 'run_id', 'run_name', 'start_time', 'status', 'user_id'];
/** What filters and orders of runs may name. */
export const RUN_GRAMMAR: Grammar = {
  types: new Map([
    ...['attribute', 'attributes', 'attr', 'run'].map((name) => [name, 'attribute'] as const),
    ...['metric', 'metrics'].map((name) => [name, 'metric'] as const),
    ...['parameter', 'parameters', 'param', 'params'].map((name) => [name, 'parameter'] as const),
    ...['tag', 'tags'].map((name) => [name, 'tag'] as const),
    ...['dataset', 'datasets'].map((name) => [name, 'dataset'] as const),
  ]),
  listed: ['metric', 'parameter', 'tag', 'attribute', 'dataset'],
  attributes: [...ATTRIBUTES, 'created', 'Created', 'run name', 'Run name', 'Run Name'],
  numeric: ['start_time', 'end_time', 'created', 'Created'],
  orderable: [...ATTRIBUTES, 'created', 'Created'],
  lists: ['run_id'],
  nullable: ['tag', 'parameter'],
};

/** Where the newest values lie. */
export const TABLES = { metric: 'latest_metrics', parameter: 'params', tag: 'run_tags' } as const;
const COLUMNS: Readonly<Record<string, string>> = {
  artifact_uri: 'r.artifact_uri',
  end_time: 'r.end_time',
  run_id: 'r.run_uuid',
  run_name: 'r.name',
  start_time: 'r.start_time',
  status: 'r.status',
  user_id: 'r.user_id',
};

/** The column of an attribute, in any of its spellings. */
export function columnOf(key: string): string {
  const known = key === 'created' || key === 'Created' ? 'start_time' : /^run name$/i.test(key) ? 'run_name' : key;
  return COLUMNS[known] as string;
}

/** SQL on `runs r`; where it leaves few of them, also which. */
interface Condition extends Sql {
  readonly few?: Sql;
}

/** SQL of one clause. */
export async function condition({ rows }: Tracking, clause: Clause, few: number): Promise<Condition> {
  const { type, key, comparator } = clause;
  if (type === 'attribute') {
    const column = columnOf(key);
    return column === 'r.name'
      ? among(`SELECT t.run_id FROM run_tags t WHERE t.key = ? AND `, RUN_NAME, compare('t.value', clause))
      : compare(column, clause);
  }
  if (type === 'dataset') return datasetCondition(clause);
  const table = TABLES[type as keyof typeof TABLES];
  const own = `SELECT 1 FROM ${table} t WHERE t.run_id = r.id AND t.key = ?`;
  if (comparator === 'IS NULL') return { sql: `NOT EXISTS (${own})`, values: [key] };
  if (comparator === 'IS NOT NULL') return { sql: `EXISTS (${own})`, values: [key] };
  const value = compare('t.value', clause);
  const nan = comparator === '!=' ? ' OR t.is_nan = 1' : ' AND t.is_nan = 0';
  const test = type === 'metric' ? { ...value, sql: `(${value.sql}${nan})` } : value;
  // The index alone answers this; NaN, which it holds as 0, may count too much.
  const counted = await rows.read(
    `SELECT count(*) AS n FROM (SELECT 1 FROM ${table} t WHERE t.key = ? AND ${value.sql} LIMIT ?)`,
    [key, ...value.values, few + 1],
  );
  if (Number(counted[0]?.['n']) <= few)
    return {
      ...among(`SELECT t.run_id FROM ${table} t WHERE t.key = ? AND `, key, test),
      few: { sql: `SELECT t.run_id FROM ${table} t WHERE t.key = ? AND ${test.sql}`, values: [key, ...test.values] },
    };
  return { sql: `EXISTS (${own} AND ${test.sql})`, values: [key, ...test.values] };
}

function among(select: string, key: string, test: Sql): Sql {
  return { sql: `r.id IN (${select}${test.sql})`, values: [key, ...test.values] };
}

function datasetCondition(clause: Clause): Sql {
  const column = clause.key === 'context' ? 'l.context' : `d.${clause.key}`;
  const test = compare(column, clause);
  return {
    sql: `r.id IN (SELECT l.run_id FROM run_datasets l JOIN datasets d ON d.id = l.dataset_id WHERE ${test.sql})`,
    values: test.values,
  };
}
