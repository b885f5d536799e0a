import type { Call } from '@slipway/core/protocols';
import { invalid, pythonRepr, readRequest, type Message } from '../../mlflow-api/index.ts';
import type { Cell } from '../../stores/index.ts';
import { readVersions, versionColumns } from '../catalog/records.ts';
import { versionFacts } from './facts.ts';
import { condition, offsetOf, pageToken, parseFilter, parseOrder, setText, type Comparison } from './filter.ts';
import { duplicateOrder, pageSize, tagConditions } from './search-shared.ts';
import type { RegistryWireOptions } from './shared.ts';

const MOST_RESULTS = 200_000;
const DEFAULT_RESULTS = 200_000;
const message = {
  filter: 'string',
  max_results: 'int64',
  order_by: { repeated: 'string' },
  page_token: 'string',
} as const satisfies Message;
const checks = {
  filter: ['string'],
  max_results: ['intlike', pageSize(MOST_RESULTS)],
  order_by: ['array', 'strings'],
  page_token: ['string'],
} as const;
const columns = new Map([
  ['name', 'm.title'],
  ['version_number', 'v.number'],
  ['run_id', 'v.run_id'],
  ['source_path', 'v.origin'],
]);
const numbers = ['version_number', 'creation_timestamp', 'last_updated_timestamp'];
const searchable = { attributes: [...columns.keys()], lists: ['name', 'run_id'], numbers };
const sortable = new Map([
  ['name', 'm.title'],
  ['version_number', 'v.number'],
  ['last_updated_timestamp', 'v.updated_at'],
  ['creation_timestamp', 'v.created_at'],
]);

/** `model-versions/search` */
export async function searchVersions({ rows }: RegistryWireOptions, call: Call): Promise<object> {
  const request = readRequest(call, message, checks);
  const { filter = '', max_results: size = DEFAULT_RESULTS, order_by: order = [] } = request;
  if (size < 1) throw invalid(`Invalid value for max_results. It must be a positive integer, but got ${size}`);
  const { sql, values } = whereOf(parseFilter(filter, searchable));
  const sorted = orderOf(order.length > 0 ? order : ['last_updated_timestamp DESC', 'name ASC', 'version_number DESC']);
  const offset = offsetOf(request.page_token);
  const found = await rows.read(
    `SELECT ${versionColumns} FROM versions v JOIN models m ON m.id = v.model_id
      WHERE v.deleted_at IS NULL AND m.deleted_at IS NULL${sql} ORDER BY ${sorted} LIMIT ? OFFSET ?`,
    [...values, size + 1, offset],
  );
  const versions = await readVersions(rows, found.slice(0, size));
  const readable = versions.filter(({ name }) => call.may('read', name));
  return {
    ...(readable.length === 0 ? {} : { model_versions: readable.map((version) => versionFacts(version, false)) }),
    ...(found.length > size ? { next_page_token: pageToken(offset + size) } : {}),
  };
}

function whereOf(comparisons: readonly Comparison[]): { sql: string; values: Cell[] } {
  const values: Cell[] = [];
  let sql = '';
  for (const { type, key, comparator, value } of comparisons) {
    if (type === 'tag') continue;
    const own = condition(columns.get(key) as string, comparator, checkedValue(key, comparator, value));
    sql += ` AND ${own.sql}`;
    values.push(...own.values);
  }
  const isOf = (name: string): string => `${name}.model_id = v.model_id AND ${name}.number = v.number`;
  const tags = tagConditions(comparisons, `version_tags t WHERE ${isOf('t')}`, `version_tags p WHERE ${isOf('p')}`);
  return { sql: sql + tags.sql, values: [...values, ...tags.values] };
}

function checkedValue(key: string, comparator: string, value: Comparison['value']): Comparison['value'] {
  if (key !== 'version_number') {
    const isList = comparator === 'IN' || comparator === 'NOT IN';
    const takes = ['=', '!=', 'LIKE', 'ILIKE', 'IN', 'NOT IN'].includes(comparator);
    if (!takes || (isList && key === 'source_path')) throw invalid(`Invalid comparator for attribute: ${comparator}`);
    return value;
  }
  if (!['=', '!=', '<', '<=', '>', '>='].includes(comparator))
    throw invalid(`Invalid comparator for attribute ${key}: ${comparator}`);
  const isWhole = typeof value === 'number' ? Number.isInteger(value) : /^\s*[+-]?\d+\s*$/.test(String(value));
  if (!isWhole) {
    const shown = typeof value === 'string' ? pythonRepr(value) : String(value);
    throw invalid(`Invalid value for numeric attribute '${key}': ${shown}`);
  }
  return Number(value);
}

function orderOf(clauses: readonly string[]): string {
  const terms = new Map<string, string>();
  for (const clause of clauses) {
    const { key, isAscending } = parseOrder(clause);
    const column = sortable.get(key);
    if (column === undefined)
      throw invalid(`Invalid attribute key '${key}' specified. Valid keys are '${setText([...sortable.keys()])}'`);
    if (terms.has(column)) throw duplicateOrder(clauses.map(pythonRepr).join(', '));
    terms.set(column, `${column} ${isAscending ? 'ASC' : 'DESC'}`);
  }
  if (!terms.has('m.title')) terms.set('m.title', 'm.title ASC');
  if (!terms.has('v.number')) terms.set('v.number', 'v.number DESC');
  return [...terms.values()].join(', ');
}
