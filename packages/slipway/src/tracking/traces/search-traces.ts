import type { Call } from '@slipway/core/protocols';
import { invalid, listOf, parseComparisons, readRequest, unquoted, type Comparison } from '../../mlflow-api/index.ts';
import { marks, type Tracking } from '../context.ts';
import { parseExperimentId } from '../experiments.ts';
import { checkMaxResults } from '../lifecycle.ts';
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
} from '../search-sql.ts';
import { list } from '../show-runs.ts';
import { showTraces } from './trace-info.ts';

const DEFAULT_RESULTS = 100;
const MOST_RESULTS = 500;
const COLUMNS: Readonly<Record<string, string>> = {
  trace_id: 't.trace_id',
  request_id: 't.trace_id',
  timestamp: 't.request_time',
  timestamp_ms: 't.request_time',
  request_time: 't.request_time',
  execution_time: 't.duration',
  execution_time_ms: 't.duration',
  execution_duration: 't.duration',
  status: 't.state',
  state: 't.state',
  client_request_id: 't.client_request_id',
  experiment_id: 't.experiment_id',
};
const NUMERIC = ['t.request_time', 't.duration'];
const KINDS: Readonly<Record<string, string>> = {
  tag: 'tag',
  tags: 'tag',
  metadata: 'metadata',
  request_metadata: 'metadata',
  trace_metadata: 'metadata',
};
/** Names that stand for a tag or a piece of metadata. */
const LABELS: Readonly<Record<string, readonly [string, string]>> = {
  name: ['tag', 'mlflow.traceName'],
  trace_name: ['tag', 'mlflow.traceName'],
  run_id: ['metadata', 'mlflow.sourceRun'],
};

const message = {
  locations: { repeated: { message: { mlflow_experiment: { message: { experiment_id: 'string' } } } } },
  filter: 'string',
  max_results: 'int64',
  order_by: { repeated: 'string' },
  page_token: 'string',
} as const;
const checks = {
  locations: ['array', 'required'],
  filter: ['string'],
  max_results: ['intlike'],
  order_by: ['array', 'strings'],
  page_token: ['string'],
} as const;

/** Handler of `/traces/search`. */
export function searchTraces(tracking: Tracking) {
  return async (call: Call) => {
    const given = readRequest(call, message, checks);
    const most = given.max_results ?? DEFAULT_RESULTS;
    checkMaxResults(most);
    if (most > MOST_RESULTS)
      throw invalid(`Invalid value ${most} for parameter 'max_results' supplied. It must be at most ${MOST_RESULTS}`);
    const ids = (given.locations ?? []).flatMap(({ mlflow_experiment: experiment }) =>
      experiment ? [parseExperimentId(experiment.experiment_id ?? '')] : [],
    );
    const keys = keysOf(given.order_by ?? []);
    const where = joinAnd([
      { sql: `t.experiment_id IN (${marks(ids.length)})`, values: ids },
      ...parseComparisons(given.filter ?? '').map(condition),
      afterSql(keys, positionOf(given.page_token, keys)),
    ]);
    const rows = await tracking.rows.read(
      `SELECT t.*, ${keyColumns(keys)} FROM traces t WHERE ${where.sql} ORDER BY ${orderSql(keys)} LIMIT ?`,
      [...where.values, most + 1],
    );
    const found = page(rows, most, keys);
    return {
      ...list('traces', await showTraces(tracking, found.rows)),
      ...(found.token === undefined ? {} : { next_page_token: found.token }),
    };
  };
}

function condition({ left, comparator, right }: Comparison): Sql {
  const { column, label } = placeOf(left.text);
  if (!right) {
    if (!label) return { sql: `${column} ${comparator}`, values: [] };
    const own = { sql: ofLabel('1 = 1'), values: label };
    return comparator === 'IS NULL' ? { ...own, sql: `NOT ${own.sql}` } : own;
  }
  const written = unquoted(right.text, "'", '"') ?? right.text;
  const isNumeric = NUMERIC.includes(column);
  const value = isNumeric ? Number(written) : right.kind === 'list' ? listOf(right) : written;
  if (Number.isNaN(value))
    throw invalid(`Expected numeric value type for numeric attribute: ${left.text}. Found ${right.text}`);
  if (comparator === '==' || comparator.includes('RLIKE') || comparator.startsWith('NOT L') || comparator === '<>')
    throw invalid(`Invalid comparator '${comparator}' of ${left.text}.`);
  const test = compare(column, { comparator, value });
  return label ? { sql: ofLabel(test.sql), values: [...label, ...test.values] } : test;
}

function ofLabel(test: string): string {
  return `EXISTS (SELECT 1 FROM trace_labels l WHERE l.trace_id = t.trace_id AND l.kind = ? AND l.key = ? AND ${test})`;
}

/** Where a name of a filter lies: a column, or the value of a label. */
function placeOf(name: string): { column: string; label?: readonly [string, string] } {
  const dot = name.indexOf('.');
  const type = dot < 0 ? '' : name.slice(0, dot);
  const rest = name.slice(dot + 1);
  const key = unquoted(rest, '`', '"', "'") ?? rest;
  if (Object.hasOwn(KINDS, type)) return { column: 'l.value', label: [KINDS[type] as string, key] };
  if (['', 'attribute', 'attributes', 'trace'].includes(type)) {
    if (Object.hasOwn(COLUMNS, key)) return { column: COLUMNS[key] as string };
    const label = Object.hasOwn(LABELS, key) ? LABELS[key] : undefined;
    if (label) return { column: 'l.value', label };
  }
  throw invalid(`Invalid attribute key '${name}' specified. Valid keys are '${Object.keys(COLUMNS).join(', ')}'`);
}

function keysOf(orders: readonly string[]): Key[] {
  const keys = orders.flatMap((order): Key[] => {
    const [, name = '', direction = 'ASC'] = /^\s*(\S+)(?:\s+(asc|desc))?\s*$/i.exec(order) ?? [];
    const { column, label } = placeOf(name);
    if (label) throw invalid(`Invalid order_by clause '${order}'.`);
    const key = { sql: column, ascending: direction.toUpperCase() === 'ASC' };
    return NUMERIC.includes(column) || column === 't.client_request_id'
      ? [{ sql: `CASE WHEN ${column} IS NULL THEN 1 ELSE 0 END`, ascending: true }, key]
      : [key];
  });
  if (!keys.some(({ sql }) => sql === 't.request_time')) keys.push({ sql: 't.request_time', ascending: false });
  if (!keys.some(({ sql }) => sql === 't.trace_id')) keys.push({ sql: 't.trace_id', ascending: true });
  return keys;
}
