import type { Call } from '@slipway/core/protocols';
import { invalid, pythonRepr, readRequest, type Message } from '../../mlflow-api/index.ts';
import type { Cell } from '../../stores/index.ts';
import { modelColumns, readModels, readVersions, versionColumns } from '../catalog/records.ts';
import { modelFacts, newestPerStage } from './facts.ts';
import { condition, offsetOf, pageToken, parseFilter, parseOrder, type Comparison } from './filter.ts';
import type { RegistryWireOptions } from './shared.ts';
import { duplicateOrder, pageSize, tagConditions } from './search-shared.ts';

const message = {
  filter: 'string',
  max_results: 'int64',
  order_by: { repeated: 'string' },
  page_token: 'string',
} as const satisfies Message;
const checks = {
  filter: ['string'],
  max_results: ['intlike', pageSize(1000)],
  order_by: ['array', 'strings'],
  page_token: ['string'],
} as const;
const searchable = { attributes: ['name'], lists: ['name'], numbers: [] };
const DEFAULT_RESULTS = 100;

/** `registered-models/search` */
export async function searchModels({ rows }: RegistryWireOptions, call: Call): Promise<object> {
  const request = readRequest(call, message, checks);
  const { filter = '', max_results: size = DEFAULT_RESULTS, order_by: order = [] } = request;
  const { sql, values } = whereOf(parseFilter(filter, searchable));
  const sorted = orderOf(order);
  const offset = offsetOf(request.page_token);
  const found = await rows.read(
    `SELECT ${modelColumns} FROM models m WHERE m.deleted_at IS NULL${sql} ORDER BY ${sorted} LIMIT ? OFFSET ?`,
    [...values, size + 1, offset],
  );
  const models = await readModels(rows, found.slice(0, size));
  const readable = models.filter(({ name }) => call.may('read', name));
  const versions = await latest(readable.map(({ id }) => id));
  const listed = readable.map((model) => modelFacts(model, newestPerStage(versions.get(model.id) ?? [])));
  return {
    ...(listed.length === 0 ? {} : { registered_models: listed }),
    ...(found.length > size ? { next_page_token: pageToken(offset + size) } : {}),
  };

  /** The newest versions of every stage; not all versions of all models. */
  async function latest(ids: readonly number[]) {
    const all = [];
    for (let at = 0; at < ids.length; at += 500) {
      const some = ids.slice(at, at + 500);
      const newest = await rows.read(
        `SELECT ${versionColumns} FROM versions v JOIN models m ON m.id = v.model_id
          WHERE v.model_id IN (${some.map(() => '?').join(', ')}) AND v.deleted_at IS NULL AND v.number =
            (SELECT max(w.number) FROM versions w WHERE w.model_id = v.model_id AND w.stage = v.stage AND w.deleted_at IS NULL)
          ORDER BY v.model_id, v.number DESC`,
        some,
      );
      all.push(...(await readVersions(rows, newest)));
    }
    return Map.groupBy(all, ({ modelId }) => modelId);
  }
}

function whereOf(comparisons: readonly Comparison[]): { sql: string; values: Cell[] } {
  const values: Cell[] = [];
  let sql = '';
  for (const { type, key, comparator, value } of comparisons) {
    if (type === 'tag') continue;
    if (!['=', '!=', 'LIKE', 'ILIKE', 'IN', 'NOT IN'].includes(comparator))
      throw invalid(`Invalid comparator for ${type}: ${comparator}`);
    const own = condition(key === 'name' ? 'm.title' : key, comparator, value);
    sql += ` AND ${own.sql}`;
    values.push(...own.values);
  }
  const tags = tagConditions(
    comparisons,
    'model_tags t WHERE t.model_id = m.id',
    'model_tags p WHERE p.model_id = m.id',
  );
  return { sql: sql + tags.sql, values: [...values, ...tags.values] };
}

const columns = new Map([
  ['name', 'm.title'],
  ['timestamp', 'm.updated_at'],
  ['last_updated_timestamp', 'm.updated_at'],
]);

function orderOf(clauses: readonly string[]): string {
  const terms = new Map<string, string>();
  for (const clause of clauses) {
    const { key, isAscending } = parseOrder(clause);
    const column = columns.get(key);
    if (column === undefined)
      throw invalid(`Invalid order by key '${key}' specified. Valid keys are '{'name', 'timestamp'}'`);
    if (terms.has(column)) throw duplicateOrder(clauses.map(pythonRepr).join(', '));
    terms.set(column, `${column} ${isAscending ? 'ASC' : 'DESC'}`);
  }
  if (!terms.has('m.title')) terms.set('m.title', 'm.title ASC');
  return [...terms.values()].join(', ');
}
