import type { Call } from '@slipway/core/protocols';
import { invalid, parseFilter, parseOrder, readRequest, type Clause, type Grammar } from '../mlflow-api/index.ts';
import { marks, type Tracking } from './context.ts';
import { parseExperimentId, withTags } from './experiments.ts';
import { checkMaxResults, stagesOf, viewTypes } from './lifecycle.ts';
import {
  afterSql,
  compare,
  joinAnd,
  keyColumns,
  orderSql,
  page,
  positionOf,
  type Key,
  type Sql,
} from './search-sql.ts';
import { list } from './show-runs.ts';

const ATTRIBUTES = ['name', 'experiment_id', 'creation_time', 'last_update_time'];
const EXPERIMENT_GRAMMAR: Grammar = {
  types: new Map([
    ['attribute', 'attribute'],
    ['tag', 'tag'],
    ['tags', 'tag'],
  ]),
  listed: ['attribute', 'tag', 'tags'],
  attributes: ATTRIBUTES,
  numeric: ['creation_time', 'last_update_time'],
  orderable: ATTRIBUTES,
  lists: ['experiment_id'],
  nullable: ['tag'],
};

const message = {
  max_results: 'int64',
  page_token: 'string',
  filter: 'string',
  order_by: { repeated: 'string' },
  view_type: viewTypes,
} as const;
const checks = {
  view_type: ['intlike'],
  max_results: ['intlike'],
  order_by: ['array'],
  filter: ['string'],
  page_token: ['string'],
} as const;

/** Handler of `/experiments/search`. */
export function searchExperiments(tracking: Tracking) {
  return async (call: Call) => {
    const given = readRequest(call, message, checks);
    const most = given.max_results ?? 0;
    checkMaxResults(most);
    const clauses = parseFilter(given.filter ?? '', EXPERIMENT_GRAMMAR);
    const keys = keysOf(given.order_by ?? []);
    const stages = stagesOf(given.view_type);
    const where = joinAnd([
      { sql: `e.lifecycle_stage IN (${marks(stages.length)})`, values: stages },
      ...clauses.map(condition),
      afterSql(keys, positionOf(given.page_token, keys)),
    ]);
    const rows = await tracking.rows.read(
      `SELECT e.*, ${keyColumns(keys)} FROM experiments e WHERE ${where.sql} ORDER BY ${orderSql(keys)} LIMIT ?`,
      [...where.values, most + 1],
    );
    const found = page(rows, most, keys);
    const shown = await withTags(tracking, found.rows);
    return { ...list('experiments', shown), ...(found.token === undefined ? {} : { next_page_token: found.token }) };
  };
}

function keysOf(orders: readonly string[]): Key[] {
  const parsed = (orders.length > 0 ? orders : ['creation_time DESC', 'experiment_id ASC']).map((order) =>
    parseOrder(order, EXPERIMENT_GRAMMAR),
  );
  const other = parsed.find(({ type }) => type !== 'attribute');
  if (other) throw invalid(`Invalid order_by entity: ${other.type}`);
  const keys = parsed.map(({ key, ascending }) => ({ sql: columnOf(key), ascending }));
  if (!keys.some(({ sql }) => sql === 'e.id')) keys.push({ sql: 'e.id', ascending: false });
  return keys;
}

function columnOf(key: string): string {
  return key === 'experiment_id' ? 'e.id' : `e.${key}`;
}

function condition(clause: Clause): Sql {
  const { type, key, comparator, value } = clause;
  if (type === 'attribute') {
    if (key !== 'experiment_id') return compare(columnOf(key), clause);
    if (!['=', '!=', 'IN', 'NOT IN'].includes(comparator))
      throw invalid(`Invalid comparator for experiment_id: ${comparator}`);
    const ids = (Array.isArray(value) ? (value as string[]) : [String(value)]).map(parseExperimentId);
    const isNegative = comparator === '!=' || comparator === 'NOT IN';
    return { sql: `e.id ${isNegative ? 'NOT ' : ''}IN (${marks(ids.length)})`, values: ids };
  }
  const own = 'SELECT 1 FROM experiment_tags t WHERE t.experiment_id = e.id AND t.key = ?';
  if (comparator === 'IS NULL') return { sql: `NOT EXISTS (${own})`, values: [key] };
  if (comparator === 'IS NOT NULL') return { sql: `EXISTS (${own})`, values: [key] };
  const test = compare('t.value', clause);
  return { sql: `EXISTS (${own} AND ${test.sql})`, values: [key, ...test.values] };
}
