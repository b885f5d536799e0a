import type { Call } from '@slipway/core/protocols';
import { invalid, parseFilter, parseOrder, readRequest, refuse, type Clause, type Order } from '../mlflow-api/index.ts';
import type { Cell, Row } from '../stores/index.ts';
import { marks, type Tracking } from './context.ts';
import { parseExperimentId } from './experiments.ts';
import { checkMaxResults, stagesOf, viewTypes } from './lifecycle.ts';
import { columnOf, condition, RUN_GRAMMAR, TABLES } from './run-conditions.ts';
import { afterSql, joinAnd, keyColumns, orderSql, page, positionOf, type Key, type Sql } from './search-sql.ts';
import { showRuns } from './show-runs.ts';

const MOST_RESULTS = 50_000;
/** A condition that holds for at most so many runs is looked up first; others are checked run by run, in order. */
const FEW = { byAttribute: 2000, byValue: 20_000 } as const;
const DEFAULT_RESULTS = 1000;

/** Handler of `/runs/search`. */
export function searchRuns(tracking: Tracking) {
  return async (call: Call) => {
    const message = {
      experiment_ids: { repeated: 'string' },
      filter: 'string',
      run_view_type: viewTypes,
      max_results: 'int64',
      order_by: { repeated: 'string' },
      page_token: 'string',
    } as const;
    const checks = {
      experiment_ids: ['array'],
      filter: ['string'],
      max_results: ['intlike', tooMany],
      order_by: ['array', 'strings'],
    } as const;
    const given = readRequest(call, message, checks);
    const most = given.max_results ?? DEFAULT_RESULTS;
    checkMaxResults(most);
    const clauses = parseFilter(given.filter ?? '', RUN_GRAMMAR);
    const orders = (given.order_by ?? []).map((order) => parseOrder(order, RUN_GRAMMAR));
    checkOrders(orders, given.order_by ?? []);
    const ids = [...new Set((given.experiment_ids ?? []).map(parseExperimentId))];
    const stages = stagesOf(given.run_view_type);
    const found = await find(tracking, { clauses, orders, ids, stages, most, token: given.page_token });
    const shown = await showRuns(tracking, found.rows, false);
    return {
      ...(shown.length > 0 ? { runs: shown } : {}),
      ...(found.token === undefined ? {} : { next_page_token: found.token }),
    };
  };
}

interface Search {
  readonly clauses: readonly Clause[];
  readonly orders: readonly Order[];
  readonly ids: readonly number[];
  readonly stages: readonly string[];
  readonly most: number;
  readonly token: string | undefined;
}

async function find(tracking: Tracking, search: Search): Promise<{ rows: readonly Row[]; token?: string }> {
  const { ids, stages, most, token } = search;
  // Metrics go together: in the order of one, those that another one leaves may be the last.
  const few = (search.orders[0]?.type ?? 'attribute') === 'attribute' ? FEW.byAttribute : FEW.byValue;
  const conditions = await Promise.all(search.clauses.map((clause) => condition(tracking, clause, few)));
  const base: Sql = {
    sql: `r.experiment_id ${oneOf(ids)} AND r.lifecycle_stage ${oneOf(stages)}`,
    values: [...ids, ...stages],
  };
  const filter = joinAnd([base, ...conditions]);
  const { keys, joins } = keysOf(search.orders);
  const position = positionOf(token, keys);
  const found: Row[] = [];
  for (const tier of tiersOf(search.orders, joins, conditions.find((one) => one.few)?.few)) {
    const [rank] = tier.fixed;
    // The page before ended in a later tier.
    if (rank !== undefined && Number(position?.[0] ?? 0) > Number(rank)) continue;
    const isWithin = rank === undefined || position?.[0] === Number(rank);
    const own = keys.slice(tier.fixed.length);
    const after = isWithin ? afterSql(own, position?.slice(tier.fixed.length)) : undefined;
    const where = joinAnd([tier.where, filter, after]);
    const rows = await tracking.rows.read(
      `SELECT r.*, ${keyColumns(keys, tier.fixed)} FROM ${tier.from} WHERE ${where.sql} ORDER BY ${orderSql(own)} LIMIT ?`,
      [...tier.keys, ...where.values, most + 1 - found.length],
    );
    found.push(...rows);
    if (found.length > most) break;
  }
  return page(found, most, keys);
}

/** Runs that come one after the other in the order, each read in the order of an index. */
interface Tier {
  readonly from: string;
  /** Values for `from`. */
  readonly keys: readonly Cell[];
  readonly where: Sql | undefined;
  /** What the first keys are for all of them, as SQL. */
  readonly fixed: readonly string[];
}

/** Ordered by a metric: first runs with a number, then those with NaN, then those without; the same for params and tags. */
function tiersOf(orders: readonly Order[], joins: readonly Join[], few: Sql | undefined): Tier[] {
  const [own, ...others] = joins;
  const [first] = orders;
  const list = (all: readonly Join[]) => all.map(({ table, name }) => leftJoin(table, name)).join(' ');
  const keys = joins.map(({ key }) => key);
  if (!own || !first || first.type === 'attribute')
    return [{ from: `runs r ${list(joins)}`, keys, where: undefined, fixed: [] }];
  const rest = others.map(({ key }) => key);
  // CROSS JOIN keeps the order: the index of values leads, unless the filter leaves few runs anyway.
  const from = few
    ? `(${few.sql}) f CROSS JOIN runs r ON r.id = f.run_id CROSS JOIN ${own.table} o0`
    : `${own.table} o0 CROSS JOIN runs r`;
  const having = (rank: string, test: string): Tier => ({
    from: `${from} ${list(others)}`,
    keys: [...(few?.values ?? []), ...rest],
    where: { sql: `o0.run_id = r.id AND o0.key = ?${test}`, values: [own.key] },
    fixed: [rank],
  });
  const missing = (rank: string): Tier => ({
    from: `runs r ${list(others)}`,
    keys: rest,
    where: {
      sql: `NOT EXISTS (SELECT 1 FROM ${own.table} t WHERE t.run_id = r.id AND t.key = ?)`,
      values: [own.key],
    },
    fixed: [rank, 'NULL'],
  });
  if (first.type !== 'metric') return [having('0', ''), missing('1')];
  return [having('0', ' AND o0.is_nan = 0'), having('1', ' AND o0.is_nan = 1'), missing('2')];
}

interface Join {
  readonly table: string;
  readonly name: string;
  readonly key: string;
}

function leftJoin(table: string, name: string): string {
  return `LEFT JOIN ${table} ${name} ON ${name}.run_id = r.id AND ${name}.key = ?`;
}

function keysOf(orders: readonly Order[]): { keys: Key[]; joins: Join[] } {
  const keys: Key[] = [];
  const joins: Join[] = [];
  let byStart = false;
  for (const order of orders) {
    const { type, ascending } = order;
    if (type === 'attribute') {
      const column = columnOf(order.key);
      byStart ||= column === 'r.start_time';
      if (column === 'r.end_time') keys.push({ sql: `CASE WHEN ${column} IS NULL THEN 1 ELSE 0 END`, ascending: true });
      keys.push({ sql: column, ascending });
      continue;
    }
    const table = TABLES[type as keyof typeof TABLES] as string | undefined;
    if (table === undefined) throw invalid(`Invalid identifier type '${type}'`);
    const name = `o${joins.length}`;
    joins.push({ table, name, key: order.key });
    const rank =
      type === 'metric'
        ? `CASE WHEN ${name}.is_nan = 1 THEN 1 WHEN ${name}.value IS NULL THEN 2 ELSE 0 END`
        : `CASE WHEN ${name}.value IS NULL THEN 1 ELSE 0 END`;
    keys.push({ sql: rank, ascending: true }, { sql: `${name}.value`, ascending });
  }
  if (!byStart) keys.push({ sql: 'r.start_time', ascending: false });
  if (!keys.some(({ sql }) => sql === 'r.run_uuid')) keys.push({ sql: 'r.run_uuid', ascending: true });
  return { keys, joins };
}

function checkOrders(orders: readonly Order[], given: readonly string[]): void {
  const seen = new Set(orders.map(({ type, key }) => `${type}.${type === 'attribute' ? columnOf(key) : key}`));
  if (seen.size < orders.length)
    throw refuse(
      'INVALID_PARAMETER_VALUE',
      `\`order_by\` contains duplicate fields: [${given.map((one) => `'${one}'`).join(', ')}]`,
    );
}

function oneOf(list: readonly unknown[]): string {
  return list.length === 1 ? '= ?' : `IN (${marks(list.length)})`;
}

function tooMany(value: unknown): string | undefined {
  if (!(Number(value) > MOST_RESULTS)) return undefined;
  return `Invalid value ${String(value)} for parameter 'max_results' supplied:  Hint: Value was of type 'int'.`;
}
