import type { Call } from '@slipway/core/protocols';
import { invalid, queryAll, readRequest } from '../mlflow-api/index.ts';
import { marks, text, type Tracking } from './context.ts';
import { samplePoints } from './sample-history.ts';
import { afterSql, keyColumns, orderSql, page, positionOf, type Key } from './search-sql.ts';
import { list, shownMetric } from './show-runs.ts';

const MOST_BULK = 25_000;
const MOST_BULK_RUNS = 100;
const MOST_PER_RUN = 2500;
/** Without a page size the whole history is answered. */
const NO_LIMIT = -1;

/** In the order in which MLflow's server gives a history. */
const KEYS: readonly Key[] = ['timestamp', 'step', 'value', 'is_nan'].map((column) => ({
  sql: `m.${column}`,
  ascending: true,
}));

/** Handlers of what was logged under one key. */
export function historyHandlers(tracking: Tracking) {
  const { rows } = tracking;
  return {
    async getHistory(call: Call) {
      const message = {
        run_id: 'string',
        run_uuid: 'string',
        metric_key: 'string',
        page_token: 'string',
        max_results: 'int64',
      } as const;
      const checks = {
        run_id: ['string', 'required'],
        metric_key: ['string', 'required'],
        page_token: ['string'],
      } as const;
      const given = readRequest(call, message, checks);
      const { max_results: most, metric_key: key = '' } = given;
      if (most !== undefined && most <= 0)
        throw invalid(`Invalid value ${most} for parameter 'max_results' supplied. It must be a positive integer.`);
      const after = afterSql(KEYS, positionOf(given.page_token, KEYS));
      const read = await rows.read(
        `SELECT m.*, ${keyColumns(KEYS)} FROM metrics m
          WHERE m.run_id = (SELECT id FROM runs WHERE run_uuid = ?) AND m.key = ?
          ${after ? `AND (${after.sql})` : ''} ORDER BY ${orderSql(KEYS)} LIMIT ?`,
        [given.run_id || given.run_uuid || '', key, ...(after?.values ?? []), most === undefined ? NO_LIMIT : most + 1],
      );
      const found = page(read, most ?? read.length, KEYS);
      return {
        ...list('metrics', found.rows.map(shownMetric)),
        ...(found.token === undefined ? {} : { next_page_token: found.token }),
      };
    },

    async getHistoryBulk(call: Call) {
      const runIds = queryAll(call, 'run_id');
      if (runIds.length === 0) throw invalid('GetMetricHistoryBulk request must specify at least one run_id.');
      if (runIds.length > MOST_BULK_RUNS)
        throw invalid(
          `GetMetricHistoryBulk request cannot specify more than ${MOST_BULK_RUNS} run_ids. Received ${runIds.length} run_ids.`,
        );
      const key = call.query('metric_key');
      if (key === undefined) throw invalid('GetMetricHistoryBulk request must specify a metric_key.');
      const most = Number(call.query('max_results') ?? MOST_BULK);
      if (!Number.isInteger(most))
        throw invalid(`Invalid value for parameter 'max_results' supplied: an integer is needed.`);
      const found = await rows.read(
        `SELECT m.*, r.run_uuid FROM metrics m JOIN runs r ON r.id = m.run_id
          WHERE m.key = ? AND r.run_uuid IN (${marks(runIds.length)})
          ORDER BY r.run_uuid, m.timestamp, m.step, m.value LIMIT ?`,
        [key, ...runIds, Math.min(most, MOST_BULK)],
      );
      return { metrics: found.map((row) => ({ ...shownMetric(row), run_id: text(row, 'run_uuid') })) };
    },

    async getHistoryInterval(call: Call) {
      const message = {
        run_ids: { repeated: 'string' },
        metric_key: 'string',
        start_step: 'int64',
        end_step: 'int64',
        max_results: 'int64',
      } as const;
      const checks = {
        run_ids: ['required', 'array', 'strings', atMost(MOST_BULK_RUNS)],
        metric_key: ['required', 'string'],
        start_step: ['intlike'],
        end_step: ['intlike'],
        max_results: ['intlike', within],
      } as const;
      const given = readRequest(call, message, checks);
      const { start_step: start, end_step: end, max_results: most = MOST_PER_RUN } = given;
      if ((start === undefined) !== (end === undefined))
        throw invalid('If either start step or end step are specified, both must be specified.');
      if (start !== undefined && end !== undefined && start > end)
        throw invalid(`end_step must be greater than start_step. Found start_step=${start} and end_step=${end}.`);
      const sampled = await Promise.all(
        (given.run_ids ?? []).map(async (runId) => {
          const points = await samplePoints(rows, runId, given.metric_key ?? '', most, start, end);
          return points.map((row) => ({ ...shownMetric(row), run_id: runId }));
        }),
      );
      return list('metrics', sampled.flat());
    },
  };
}

function atMost(most: number) {
  return (value: unknown): string | undefined => {
    const count = Array.isArray(value) ? value.length : 0;
    return count > most
      ? `GetMetricHistoryBulkInterval request must specify at most ${most} run_ids. Received ${count} run_ids.`
      : undefined;
  };
}

function within(value: unknown): string | undefined {
  const count = Number(value);
  return count >= 1 && count <= MOST_PER_RUN ? undefined : `max_results must be between 1 and ${MOST_PER_RUN}.`;
}
