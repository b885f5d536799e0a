import type { Cell, Statement } from '../stores/index.ts';
import { parts, tuples } from './context.ts';
import type { Metric } from './values.ts';

/** The run that is written to, as long as it is active: joined with the values, so that nothing is written to others. */
const ACTIVE = `FROM runs r, (VALUES `;
const OF_RUN = `) v WHERE r.run_uuid = ? AND r.lifecycle_stage = 'active'`;

/** Statements that log metrics: the history, the newest value of each key, and those of logged models. */
export function metricStatements(runId: string, metrics: readonly Metric[]): Statement[] {
  const statements: Statement[] = [];
  for (const part of parts(metrics)) {
    statements.push({
      sql: `INSERT INTO metrics (run_id, key, step, timestamp, value, is_nan)
        SELECT r.id, v.column1, v.column2, v.column3, v.column4, v.column5 ${ACTIVE}${tuples(part.length, 5)}${OF_RUN}
        ON CONFLICT DO NOTHING`,
      values: [...part.flatMap((m): Cell[] => [m.key, m.step, m.timestamp, m.value, m.isNan]), runId],
    });
  }
  for (const part of parts(newest(metrics))) {
    statements.push({
      sql: `INSERT INTO latest_metrics (run_id, key, step, timestamp, value, is_nan)
        SELECT r.id, v.column1, v.column2, v.column3, v.column4, v.column5 ${ACTIVE}${tuples(part.length, 5)}${OF_RUN}
        ON CONFLICT (run_id, key) DO UPDATE SET
          value = excluded.value, step = excluded.step, timestamp = excluded.timestamp, is_nan = excluded.is_nan
        WHERE (excluded.step, excluded.timestamp, excluded.value)
          > (latest_metrics.step, latest_metrics.timestamp, latest_metrics.value)`,
      values: [...part.flatMap((m): Cell[] => [m.key, m.step, m.timestamp, m.value, m.isNan]), runId],
    });
  }
  for (const part of parts(metrics.filter(({ modelId }) => modelId !== undefined))) {
    statements.push({
      sql: `INSERT INTO logged_model_metrics (run_uuid, model_id, key, timestamp, step, value, dataset_name, dataset_digest)
        SELECT r.run_uuid, v.column1, v.column2, v.column3, v.column4, v.column5, v.column6, v.column7
        ${ACTIVE}${tuples(part.length, 7)}${OF_RUN} ON CONFLICT DO NOTHING`,
      values: [...part.flatMap(modelCells), runId],
    });
  }
  return statements;
}

function modelCells(metric: Metric): Cell[] {
  const { modelId = '', key, timestamp, step, value, datasetName = null, datasetDigest = null } = metric;
  return [modelId, key, timestamp, step, value, datasetName, datasetDigest];
}

/** The newest metric of each key: by step, then time, then value. */
function newest(metrics: readonly Metric[]): Metric[] {
  const found = new Map<string, Metric>();
  for (const metric of metrics) {
    const other = found.get(metric.key);
    if (!other || isNewer(metric, other)) found.set(metric.key, metric);
  }
  return [...found.values()];
}

function isNewer(a: Metric, b: Metric): boolean {
  if (a.step !== b.step) return a.step > b.step;
  return a.timestamp === b.timestamp ? a.value > b.value : a.timestamp > b.timestamp;
}
