import type { Row } from '../stores/index.ts';
import { text, type Tracking } from './context.ts';
import { shownValue } from './values.ts';

/** The facts of a run as JSON. */
export function runInfo(row: Row) {
  return {
    run_uuid: text(row, 'run_uuid'),
    experiment_id: text(row, 'experiment_id'),
    run_name: text(row, 'name'),
    user_id: text(row, 'user_id'),
    status: text(row, 'status'),
    start_time: Number(row['start_time']),
    ...(row['end_time'] === null ? {} : { end_time: Number(row['end_time']) }),
    artifact_uri: text(row, 'artifact_uri'),
    lifecycle_stage: text(row, 'lifecycle_stage'),
    run_id: text(row, 'run_uuid'),
  };
}

/** Runs with everything that was logged, in the order of the rows. A page costs as many queries as one run. */
export async function showRuns({ rows }: Tracking, found: readonly Row[], withModelInputs = true): Promise<object[]> {
  if (found.length === 0) return [];
  const ids = JSON.stringify(found.map((row) => Number(row['id'])));
  const of = (table: string, columns: string) =>
    rows.read(`SELECT run_id, ${columns} FROM ${table} WHERE run_id IN (SELECT value FROM json_each(?))`, [ids]);
  const [metrics, params, tags, datasets, models] = await Promise.all([
    of('latest_metrics', 'key, value, timestamp, step, is_nan'),
    of('params', 'key, value'),
    of('run_tags', 'key, value'),
    rows.read(
      `SELECT l.run_id, l.tags, d.name, d.digest, d.source_type, d.source, d.schema, d.profile
        FROM run_datasets l JOIN datasets d ON d.id = l.dataset_id WHERE l.run_id IN (SELECT value FROM json_each(?))`,
      [ids],
    ),
    of('run_models', 'direction, model_id, step'),
  ]);
  const grouped = [metrics, params, tags, datasets, models].map((logged) =>
    Map.groupBy(logged, (row) => Number(row['run_id'])),
  );
  return found.map((row) => {
    const [ownMetrics = [], ownParams = [], ownTags = [], ownDatasets = [], ownModels = []] = grouped.map((map) =>
      map.get(Number(row['id'])),
    );
    const inputs = withModelInputs ? ownModels.filter(({ direction }) => direction === 'input') : [];
    const outputs = ownModels.filter(({ direction }) => direction === 'output');
    return {
      info: runInfo(row),
      data: {
        ...list('metrics', ownMetrics.map(shownMetric)),
        ...list('params', ownParams.map(shownPair)),
        ...list('tags', ownTags.map(shownPair)),
      },
      inputs: {
        ...list('dataset_inputs', ownDatasets.map(shownDataset)),
        ...list(
          'model_inputs',
          inputs.map(({ model_id }) => ({ model_id })),
        ),
      },
      outputs: list(
        'model_outputs',
        outputs.map(({ model_id, step }) => ({ model_id, step })),
      ),
    };
  });
}

/** A list as protobuf writes it: an empty one is not there. */
export function list(name: string, items: readonly unknown[]): Record<string, unknown> {
  return items.length === 0 ? {} : { [name]: items };
}

/** A stored metric as JSON. */
export function shownMetric({ key, value, timestamp, step, is_nan: isNan }: Row) {
  return { key, value: shownValue(Number(value), Number(isNan) === 1), timestamp, step };
}

function shownPair({ key, value }: Row) {
  return { key, value };
}

function shownDataset({ tags, name, digest, source_type, source, schema, profile }: Row) {
  return {
    ...list('tags', JSON.parse(String(tags)) as unknown[]),
    dataset: {
      name,
      digest,
      source_type,
      source,
      ...(schema === null ? {} : { schema }),
      ...(profile === null ? {} : { profile }),
    },
  };
}
