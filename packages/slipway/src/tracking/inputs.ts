import type { Call } from '@slipway/core/protocols';
import {
  checkRunId,
  invalid,
  invalidValue,
  pythonLength,
  queryAll,
  readJson,
  readRequest,
} from '../mlflow-api/index.ts';
import type { Statement } from '../stores/index.ts';
import { marks, parts, text, tuples, type Tracking } from './context.ts';
import { parseExperimentId } from './experiments.ts';
import { writeToRun } from './run-store.ts';
import { pairMessage } from './values.ts';

const CONTEXT = 'mlflow.data.context';
const MOST_SUMMARIES = 1000;
const MOST_EXPERIMENTS = 20;

const dataset = {
  name: 'string',
  digest: 'string',
  source_type: 'string',
  source: 'string',
  schema: 'string',
  profile: 'string',
} as const;
const LIMITS = { name: 500, digest: 36, source: 65_535, schema: 1_048_575, profile: 16_777_215 } as const;
const modelStep = { model_id: 'string', step: 'int64' } as const;
const needsRun = { run_id: ['required', 'string'] } as const;

/** Handlers of what a run read and made: datasets and logged models. */
export function inputHandlers(tracking: Tracking) {
  return {
    async logInputs(call: Call) {
      const message = {
        run_id: 'string',
        datasets: {
          repeated: { message: { tags: { repeated: { message: pairMessage } }, dataset: { message: dataset } } },
        },
        models: { repeated: { message: { model_id: 'string' } } },
      } as const;
      const checks = { ...needsRun, datasets: ['array'], models: ['array'] } as const;
      const { run_id: runId = '', datasets = [], models = [] } = readRequest(call, message, checks);
      checkRunId(runId);
      const statements: Statement[] = [];
      datasets.forEach(({ tags = [], dataset: given = {} }, i) => {
        checkDataset(given, i);
        const { name = '', digest = '', source_type: kind = '', source = '', schema, profile } = given;
        const shown = tags.map(({ key = '', value = '' }) => ({ key, value }));
        const context = shown.find(({ key }) => key === CONTEXT)?.value ?? null;
        const ofRun = `FROM runs r WHERE r.run_uuid = ? AND r.lifecycle_stage = 'active'`;
        statements.push(
          {
            sql: `INSERT INTO datasets (experiment_id, name, digest, source_type, source, schema, profile)
              SELECT r.experiment_id, ?, ?, ?, ?, ?, ? ${ofRun} ON CONFLICT (experiment_id, name, digest) DO NOTHING`,
            values: [name, digest, kind, source, schema ?? null, profile ?? null, runId],
          },
          {
            sql: `INSERT INTO run_datasets (run_id, dataset_id, tags, context) SELECT r.id, d.id, ?, ? FROM runs r
              JOIN datasets d ON d.experiment_id = r.experiment_id AND d.name = ? AND d.digest = ?
              WHERE r.run_uuid = ? AND r.lifecycle_stage = 'active' ON CONFLICT (run_id, dataset_id) DO NOTHING`,
            values: [JSON.stringify(shown), context, name, digest, runId],
          },
        );
      });
      const linked = models.map(({ model_id: id = '' }) => ({ id, step: 0 }));
      await writeToRun(tracking, runId, [...statements, ...linkModels(runId, 'input', linked)]);
      return {};
    },

    async logOutputs(call: Call) {
      const message = { run_id: 'string', models: { repeated: { message: modelStep } } } as const;
      const checks = { ...needsRun, models: ['required', 'array'] } as const;
      const { run_id: runId = '', models = [] } = readRequest(call, message, checks);
      const linked = models.map(({ model_id: id = '', step = 0 }) => ({ id, step }));
      await writeToRun(tracking, runId, linkModels(runId, 'output', linked));
      return {};
    },

    async searchDatasets(call: Call) {
      const given = call.method === 'GET' ? queryAll(call, 'experiment_ids') : idsOf(readJson(call));
      if (given.length === 0) throw invalid('SearchDatasets request must specify at least one experiment_id.');
      if (given.length > MOST_EXPERIMENTS)
        throw invalid(
          `SearchDatasets request cannot specify more than ${MOST_EXPERIMENTS} experiment_ids. Received ${given.length} experiment_ids.`,
        );
      const ids = given.map(parseExperimentId);
      const found = await tracking.rows.read(
        `SELECT DISTINCT d.experiment_id, d.name, d.digest, l.context FROM datasets d
          JOIN run_datasets l ON l.dataset_id = d.id WHERE d.experiment_id IN (${marks(ids.length)}) LIMIT ?`,
        [...ids, MOST_SUMMARIES],
      );
      if (found.length === 0) return {};
      return {
        dataset_summaries: found.map((row) => ({
          experiment_id: text(row, 'experiment_id'),
          name: text(row, 'name'),
          digest: text(row, 'digest'),
          ...(row['context'] === null ? {} : { context: text(row, 'context') }),
        })),
      };
    },
  };
}

function linkModels(runId: string, direction: string, models: readonly { id: string; step: number }[]): Statement[] {
  const unique = [...new Map(models.map((model) => [model.id, model])).values()];
  return [...parts(unique)].map((part) => ({
    sql: `INSERT INTO run_models (run_id, direction, model_id, step)
      SELECT r.id, ?, v.column1, v.column2 FROM runs r, (VALUES ${tuples(part.length, 2)}) v
      WHERE r.run_uuid = ? AND r.lifecycle_stage = 'active'
      ON CONFLICT (run_id, direction, model_id) DO UPDATE SET step = excluded.step`,
    values: [direction, ...part.flatMap(({ id, step }) => [id, step]), runId],
  }));
}

function checkDataset(given: Readonly<Record<string, string | undefined>>, at: number): void {
  for (const [field, limit] of Object.entries(LIMITS)) {
    const value = given[field] ?? '';
    if (value.length > limit && pythonLength(value) > limit)
      throw invalid(
        field === 'name' || field === 'digest'
          ? invalidValue(`datasets[${at}].dataset.${field}`, value)
          : `datasets[${at}].dataset.${field} exceeds the maximum length of ${limit} characters`,
      );
  }
}

function idsOf(json: object): string[] {
  const ids: unknown = 'experiment_ids' in json ? json.experiment_ids : [];
  return Array.isArray(ids) ? ids.map(String) : [];
}
