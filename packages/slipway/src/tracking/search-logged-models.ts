import type { Call } from '@slipway/core/protocols';
import {
  invalid,
  listOf,
  parseComparisons,
  pythonRepr,
  readRequest,
  unquoted,
  type Comparison,
} from '../mlflow-api/index.ts';
import { marks, type Tracking } from './context.ts';
import { parseExperimentId } from './experiments.ts';
import { showModels } from './logged-models.ts';
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

const DEFAULT_RESULTS = 100;
const MOST_RESULTS = 50_000;
const COLUMNS: Readonly<Record<string, string>> = {
  model_id: 'm.model_id',
  experiment_id: 'm.experiment_id',
  name: 'm.name',
  artifact_location: 'm.artifact_location',
  creation_time: 'm.creation_timestamp',
  creation_timestamp: 'm.creation_timestamp',
  creation_timestamp_ms: 'm.creation_timestamp',
  last_updated_timestamp: 'm.last_updated_timestamp',
  last_updated_timestamp_ms: 'm.last_updated_timestamp',
  model_type: 'm.model_type',
  status: 'm.status',
  lifecycle_stage: 'm.lifecycle_stage',
  source_run_id: 'm.source_run_id',
};
const NUMERIC = ['m.creation_timestamp', 'm.last_updated_timestamp'];
const TABLES: Readonly<Record<string, string>> = {
  metrics: 'logged_model_metrics',
  params: 'logged_model_params',
  tags: 'logged_model_tags',
};
const NUMBER_OPERATORS = ['<', '<=', '>', '>=', '=', '!='];
const TEXT_OPERATORS = ['=', '!=', 'LIKE', 'ILIKE', 'IN', 'NOT IN'];

const dataset = { dataset_name: 'string', dataset_digest: 'string' } as const;
const message = {
  experiment_ids: { repeated: 'string' },
  filter: 'string',
  datasets: { repeated: { message: dataset } },
  max_results: 'int64',
  order_by: { repeated: { message: { field_name: 'string', ascending: 'bool', ...dataset } } },
  page_token: 'string',
} as const;
const checks = {
  experiment_ids: ['array', 'strings', 'required'],
  filter: ['string'],
  datasets: ['array'],
  max_results: ['intlike'],
  order_by: ['array'],
  page_token: ['string'],
} as const;

interface Dataset {
  readonly dataset_name?: string;
  readonly dataset_digest?: string;
}

/** Handler of `/logged-models/search`. */
export function searchLoggedModels(tracking: Tracking) {
  return async (call: Call) => {
    const given = readRequest(call, message, checks);
    const { datasets = [] } = given;
    if (datasets.some(({ dataset_name: name }) => !name))
      throw invalid('`dataset_name` in the `datasets` clause must be specified.');
    const ids = (given.experiment_ids ?? []).map(parseExperimentId);
    const most = Math.min(given.max_results || DEFAULT_RESULTS, MOST_RESULTS);
    const comparisons = parseComparisons(given.filter ?? '');
    const conditions = comparisons.map((comparison) => condition(comparison, datasets));
    const isOnMetrics = comparisons.some(({ left }) => left.text.startsWith('metrics.'));
    const { keys, joins } = keysOf(given.order_by ?? []);
    const where = joinAnd([
      { sql: `m.experiment_id IN (${marks(ids.length)}) AND m.lifecycle_stage <> 'deleted'`, values: ids },
      ...conditions,
      datasets.length > 0 && !isOnMetrics ? onDatasets('', undefined, datasets) : undefined,
      afterSql(keys, positionOf(given.page_token, keys)),
    ]);
    const rows = await tracking.rows.read(
      `SELECT m.*, ${keyColumns(keys)} FROM logged_models m ${joins.map(({ sql }) => sql).join(' ')} WHERE ${where.sql}
        ORDER BY ${orderSql(keys)} LIMIT ?`,
      [...joins.flatMap(({ values }) => values), ...where.values, most + 1],
    );
    const found = page(rows, most, keys);
    return {
      ...list('models', await showModels(tracking, found.rows)),
      ...(found.token === undefined ? {} : { next_page_token: found.token }),
    };
  };
}

function condition({ left, comparator, right }: Comparison, datasets: readonly Dataset[]): Sql {
  const dot = left.text.indexOf('.');
  const type = dot < 0 ? 'attributes' : left.text.slice(0, dot);
  const key = left.text.slice(dot + 1).replaceAll('`', '');
  if (type !== 'attributes' && !Object.hasOwn(TABLES, type))
    throw invalid(
      `Invalid entity type: ${pythonRepr(type)}. Expected one of ['attributes', 'metrics', 'params', 'tags'].`,
    );
  const column = type === 'attributes' ? columnOf(key) : 't.value';
  const isNumeric = type === 'metrics' || NUMERIC.includes(column);
  const operators = isNumeric ? NUMBER_OPERATORS : TEXT_OPERATORS;
  if (!right || !operators.includes(comparator))
    throw invalid(
      `Invalid comparison operator for ${type}.${key}: '${comparator}'. Expected one of (${operators.map((one) => `'${one}'`).join(', ')}).`,
    );
  const text = unquoted(right.text, "'", '"') ?? right.text;
  const value = isNumeric ? Number(text) : right.kind === 'list' ? listOf(right) : text;
  if (Number.isNaN(value))
    throw invalid(`Invalid comparison: a number is needed for ${type}.${key}, not ${right.text}.`);
  const test = compare(column, { comparator, value });
  if (type === 'attributes') return test;
  if (type === 'metrics') return onDatasets(key, test, datasets);
  return {
    sql: `EXISTS (SELECT 1 FROM ${TABLES[type]} t WHERE t.model_id = m.model_id AND t.key = ? AND ${test.sql})`,
    values: [key, ...test.values],
  };
}

/** Models with a metric that passes the test, on one of the datasets if there are any. */
function onDatasets(key: string, test: Sql | undefined, datasets: readonly Dataset[]): Sql {
  const own = datasets.map(({ dataset_name: name = '', dataset_digest: digest }) =>
    digest
      ? { sql: '(t.dataset_name = ? AND t.dataset_digest = ?)', values: [name, digest] }
      : { sql: 't.dataset_name = ?', values: [name] },
  );
  const some = own.length === 0 ? '' : ` AND (${own.map(({ sql }) => sql).join(' OR ')})`;
  return {
    sql: `EXISTS (SELECT 1 FROM logged_model_metrics t WHERE t.model_id = m.model_id${test ? ` AND t.key = ? AND ${test.sql}` : ''}${some})`,
    values: [...(test ? [key, ...test.values] : []), ...own.flatMap(({ values }) => values)],
  };
}

interface OrderBy extends Dataset {
  readonly field_name?: string;
  readonly ascending?: boolean;
}

function keysOf(orders: readonly OrderBy[]): { keys: Key[]; joins: Sql[] } {
  const keys: Key[] = [];
  const joins: Sql[] = [];
  for (const { field_name: field = '', ascending = true, dataset_name: name, dataset_digest: digest } of orders) {
    const dot = field.indexOf('.');
    if (dot < 0) {
      if (!Object.hasOwn(COLUMNS, field)) throw invalid(`Invalid order by field name: ${field}`);
      keys.push({ sql: COLUMNS[field] as string, ascending });
      continue;
    }
    if (field.slice(0, dot) !== 'metrics')
      throw invalid(`Invalid order by field name: ${field}. Only metrics are supported.`);
    const own = `o${joins.length}`;
    const filter = `${name ? ' AND dataset_name = ?' : ''}${digest ? ' AND dataset_digest = ?' : ''}`;
    joins.push({
      sql: `LEFT JOIN (SELECT model_id, value, row_number() OVER (PARTITION BY model_id
          ORDER BY timestamp DESC, step DESC, run_uuid) AS place FROM logged_model_metrics WHERE key = ?${filter}) ${own}
        ON ${own}.model_id = m.model_id AND ${own}.place = 1`,
      values: [field.slice(dot + 1), ...(name ? [name] : []), ...(digest ? [digest] : [])],
    });
    keys.push({ sql: `CASE WHEN ${own}.value IS NULL THEN 1 ELSE 0 END`, ascending: true });
    keys.push({ sql: `${own}.value`, ascending });
  }
  if (!keys.some(({ sql }) => sql === 'm.creation_timestamp'))
    keys.push({ sql: 'm.creation_timestamp', ascending: false });
  if (!keys.some(({ sql }) => sql === 'm.model_id')) keys.push({ sql: 'm.model_id', ascending: true });
  return { keys, joins };
}

function columnOf(key: string): string {
  if (!Object.hasOwn(COLUMNS, key)) throw invalid(`Invalid attribute key '${key}' of logged models.`);
  return COLUMNS[key] as string;
}
