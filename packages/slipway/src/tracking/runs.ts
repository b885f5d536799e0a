import { randomUUID } from 'node:crypto';
import type { Call } from '@slipway/core/protocols';
import { invalid, pythonRepr, readRequest, refuse } from '../mlflow-api/index.ts';
import { parts, text, tuples, type Tracking } from './context.ts';
import { findExperiment } from './experiments.ts';
import { requireActive } from './lifecycle.ts';
import { randomName } from './run-names.ts';
import { findRun, requireRun, RUN_NAME, stageStatement, tagStatements, writeToRun } from './run-store.ts';
import { runInfo, showRuns } from './show-runs.ts';
import { pairMessage, readTag } from './values.ts';

/** By the numbers of MLflow's protocol. */
const STATUSES = { names: ['', 'RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'] } as const;
const ids = { run_id: 'string', run_uuid: 'string' } as const;
const needsRun = { run_id: ['required', 'string'] } as const;

/** Handlers of `/runs/…` that make, change and show runs. */
export function runHandlers(tracking: Tracking) {
  const { rows, now } = tracking;
  return {
    async createRun(call: Call) {
      const message = {
        experiment_id: 'string',
        user_id: 'string',
        run_name: 'string',
        start_time: 'int64',
        tags: { repeated: { message: pairMessage } },
      } as const;
      const checks = { experiment_id: ['string'], start_time: ['intlike'], run_name: ['string'] } as const;
      const given = readRequest(call, message, checks);
      const { experiment_id: experiment = '', user_id: user = '', start_time: start = 0, tags = [] } = given;
      if (experiment === '')
        throw refuse('BAD_REQUEST', 'experiment_id: a run needs the experiment that it belongs to.');
      const tagged = tags.findLast(({ key }) => key === RUN_NAME)?.value;
      if (given.run_name && tagged && given.run_name !== tagged)
        throw invalid(
          `Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='${given.run_name}', mlflow.runName='${tagged}').`,
        );
      const name = given.run_name || tagged || randomName();
      const pairs = new Map(tags.map(({ key = '', value = '' }) => [key, value]));
      if (!tagged) pairs.set(RUN_NAME, name);
      const runId = randomUUID().replaceAll('-', '');
      const found = await findExperiment(tracking, experiment);
      requireActive('experiment', String(found.id), found.stage);
      const [made] = await rows.write([
        {
          sql: `INSERT INTO runs (run_uuid, experiment_id, name, user_id, status, start_time, lifecycle_stage, artifact_uri)
            SELECT ?, id, ?, ?, 'RUNNING', ?, 'active', rtrim(artifact_location, '/') || '/' || ? || '/artifacts'
            FROM experiments WHERE id = ? AND lifecycle_stage = 'active' RETURNING *`,
          values: [runId, name, user, start, runId, found.id],
        },
        ...[...parts([...pairs])].map((part) => ({
          sql: `INSERT INTO run_tags (run_id, key, value)
            SELECT r.id, v.column1, v.column2 FROM runs r, (VALUES ${tuples(part.length, 2)}) v WHERE r.run_uuid = ?`,
          values: [...part.flat(), runId],
        })),
      ]);
      const row = made?.[0];
      // Somebody deleted the experiment between the two looks.
      if (!row) throw refuse('RESOURCE_DOES_NOT_EXIST', `No Experiment with id=${found.id} exists`);
      const shown = [...pairs].map(([key, value]) => ({ key, value }));
      return { run: { info: runInfo(row), data: { tags: shown }, inputs: {} } };
    },

    async getRun(call: Call) {
      const given = readRequest(call, ids, needsRun);
      const row = await findRun(tracking, given.run_id || given.run_uuid || '');
      return { run: (await showRuns(tracking, [row]))[0] };
    },

    async updateRun(call: Call) {
      const message = { ...ids, status: STATUSES, end_time: 'int64', run_name: 'string' } as const;
      const checks = { ...needsRun, end_time: ['intlike'], status: ['string'], run_name: ['string'] } as const;
      const given = readRequest(call, message, checks);
      const runId = given.run_id || given.run_uuid || '';
      const name = given.run_name || null;
      const named = name === null ? [] : tagStatements(runId, [{ key: RUN_NAME, value: name }]);
      const results = await writeToRun(tracking, runId, [
        {
          sql: `UPDATE runs SET status = coalesce(?, status), end_time = coalesce(?, end_time), name = coalesce(?, name)
            WHERE run_uuid = ? AND lifecycle_stage = 'active' RETURNING *`,
          values: [given.status ?? null, given.end_time ?? null, name, runId],
        },
        ...named,
      ]);
      return { run_info: runInfo(requireRun(results[0]?.[0], runId)) };
    },

    deleteRun: (call: Call) => moveRun(call, 'deleted'),
    restoreRun: (call: Call) => moveRun(call, 'active'),

    async setTag(call: Call) {
      const message = { ...ids, key: 'string', value: 'string' } as const;
      const checks = { ...needsRun, key: ['required', 'string'], value: ['string'] } as const;
      const given = readRequest(call, message, checks);
      const runId = given.run_id || given.run_uuid || '';
      await writeToRun(tracking, runId, tagStatements(runId, [readTag(given)]));
      return {};
    },

    async deleteTag(call: Call) {
      const message = { ...ids, key: 'string' } as const;
      const { run_id: runId = '', key = '' } = readRequest(call, message, { ...needsRun, key: ['required', 'string'] });
      const [gone] = await writeToRun(tracking, runId, [
        {
          sql: `DELETE FROM run_tags WHERE key = ?
            AND run_id = (SELECT id FROM runs WHERE run_uuid = ? AND lifecycle_stage = 'active') RETURNING key`,
          values: [key, runId],
        },
      ]);
      if (gone?.length === 0)
        throw refuse('RESOURCE_DOES_NOT_EXIST', `No tag with name: ${key} in run with id ${runId}`);
      return {};
    },

    async logModel(call: Call) {
      const message = { run_id: 'string', model_json: 'string' } as const;
      const checks = { run_id: ['string', 'required'], model_json: ['string', 'required'] } as const;
      const { run_id: runId = '', model_json: json = '' } = readRequest(call, message, checks);
      const model = parseModel(json);
      const [before] = await rows.read(
        `SELECT t.value FROM run_tags t JOIN runs r ON r.id = t.run_id WHERE r.run_uuid = ? AND t.key = ?`,
        [runId, HISTORY],
      );
      const history = before ? (JSON.parse(text(before, 'value')) as unknown[]) : [];
      const value = JSON.stringify([...history, model]);
      await writeToRun(tracking, runId, tagStatements(runId, [{ key: HISTORY, value }]));
      return {};
    },
  };

  async function moveRun(call: Call, stage: 'active' | 'deleted') {
    const { run_id: runId = '' } = readRequest(call, ids, needsRun);
    const [found] = await rows.write([
      stageStatement(runId),
      {
        sql: 'UPDATE runs SET lifecycle_stage = ?, deleted_time = ? WHERE run_uuid = ?',
        values: [stage, stage === 'deleted' ? now() : null, runId],
      },
    ]);
    requireRun(found?.[0], runId);
    return {};
  }
}

const HISTORY = 'mlflow.log-model.history';
const MODEL_FIELDS = ['artifact_path', 'flavors', 'utc_time_created', 'run_id'];

function parseModel(json: string): object {
  let model: unknown;
  try {
    model = JSON.parse(json);
  } catch {
    throw invalid(`Malformed model info. \n ${json} \n is not a valid JSON.`);
  }
  const fields = typeof model === 'object' && model !== null ? model : {};
  const missing = MODEL_FIELDS.filter((name) => !Object.hasOwn(fields, name));
  if (missing.length > 0)
    throw invalid(`Model json is missing mandatory fields: {${missing.map(pythonRepr).join(', ')}}`);
  return fields;
}
