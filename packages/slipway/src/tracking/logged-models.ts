import { randomUUID } from 'node:crypto';
import type { Call } from '@slipway/core/protocols';
import { invalid, pythonRepr, readRequest, refuse } from '../mlflow-api/index.ts';
import type { Row, Statement } from '../stores/index.ts';
import { parts, text, tuples, type Tracking } from './context.ts';
import { findExperiment } from './experiments.ts';
import { requireActive } from './lifecycle.ts';
import { randomName } from './run-names.ts';
import { list } from './show-runs.ts';
import { pairMessage, shownValue, type Pair } from './values.ts';

const pairs = { repeated: { message: pairMessage } } as const;
const STATUSES = {
  names: ['', 'LOGGED_MODEL_PENDING', 'LOGGED_MODEL_READY', 'LOGGED_MODEL_UPLOAD_FAILED'],
} as const;

/** Handlers of `/logged-models/…`, but for the search. */
export function loggedModelHandlers(tracking: Tracking) {
  const { rows, now } = tracking;
  return {
    async createLoggedModel(call: Call) {
      const message = {
        experiment_id: 'string',
        name: 'string',
        model_type: 'string',
        source_run_id: 'string',
        params: pairs,
        tags: pairs,
      } as const;
      const checks = {
        experiment_id: ['string', 'required'],
        name: ['string'],
        model_type: ['string'],
        source_run_id: ['string'],
        params: ['array'],
        tags: ['array'],
      } as const;
      const given = readRequest(call, message, checks);
      if (given.name) checkModelName(given.name);
      const found = await findExperiment(tracking, given.experiment_id ?? '');
      requireActive('experiment', String(found.id), found.stage);
      const id = `m-${randomUUID().replaceAll('-', '')}`;
      const location = `${text(found.row, 'artifact_location').replace(/\/+$/, '')}/models/${id}/artifacts`;
      const at = now();
      const { model_type: kind = '', source_run_id: run = '', params = [], tags = [] } = given;
      await rows.write([
        {
          sql: `INSERT INTO logged_models (model_id, experiment_id, name, artifact_location, creation_timestamp,
              last_updated_timestamp, model_type, status, lifecycle_stage, source_run_id)
            VALUES (?, ?, ?, ?, ?, ?, ?, 'LOGGED_MODEL_PENDING', 'active', ?)`,
          values: [id, found.id, given.name || randomName(), location, at, at, kind, run],
        },
        ...pairStatements('logged_model_params', id, params),
        ...pairStatements('logged_model_tags', id, tags),
      ]);
      return { model: await showModel(tracking, id) };
    },

    async getLoggedModel(call: Call) {
      const allowDeleted = call.query('allow_deleted')?.toLowerCase() === 'true';
      return { model: await showModel(tracking, modelId(call), allowDeleted) };
    },

    async finalizeLoggedModel(call: Call) {
      const checks = { status: ['intlike', 'required'] } as const;
      const { status } = readRequest(call, { status: STATUSES }, checks);
      const id = modelId(call);
      const [changed] = await rows.write([
        {
          sql: 'UPDATE logged_models SET status = ?, last_updated_timestamp = ? WHERE model_id = ? RETURNING model_id',
          values: [status ?? 'LOGGED_MODEL_UNSPECIFIED', now(), id],
        },
      ]);
      if (changed?.length === 0) throw notFound(id);
      return { model: await showModel(tracking, id, true) };
    },

    async deleteLoggedModel(call: Call) {
      const id = modelId(call);
      const [changed] = await rows.write([
        {
          sql: `UPDATE logged_models SET lifecycle_stage = 'deleted', last_updated_timestamp = ? WHERE model_id = ? RETURNING model_id`,
          values: [now(), id],
        },
      ]);
      if (changed?.length === 0) throw notFound(id);
      return {};
    },

    async setLoggedModelTags(call: Call) {
      const { tags = [] } = readRequest(call, { tags: pairs }, { tags: ['array'] });
      await change(modelId(call), pairStatements('logged_model_tags', modelId(call), tags));
      return {};
    },

    async logLoggedModelParams(call: Call) {
      const { params = [] } = readRequest(call, { params: pairs }, { params: ['array'] });
      await change(modelId(call), pairStatements('logged_model_params', modelId(call), params));
      return {};
    },

    async deleteLoggedModelTag(call: Call) {
      const id = modelId(call);
      const key = call.params['key'] ?? '';
      const [gone] = await change(id, [
        { sql: 'DELETE FROM logged_model_tags WHERE model_id = ? AND key = ? RETURNING key', values: [id, key] },
      ]);
      if (gone?.length === 0)
        throw refuse(
          'RESOURCE_DOES_NOT_EXIST',
          `No tag with key ${pythonRepr(key)} found for model with ID ${pythonRepr(id)}.`,
        );
      return {};
    },
  };

  async function change(id: string, statements: readonly Statement[]): Promise<readonly (readonly Row[])[]> {
    await findModel(tracking, id, true);
    return await rows.write(statements);
  }
}

function modelId(call: Call): string {
  return call.params['model_id'] ?? '';
}

/** RESOURCE_DOES_NOT_EXIST where there is none. */
export async function findModel({ rows }: Tracking, id: string, allowDeleted = false): Promise<Row> {
  const [row] = await rows.read('SELECT * FROM logged_models WHERE model_id = ?', [id]);
  if (!row || (!allowDeleted && row['lifecycle_stage'] === 'deleted')) throw notFound(id);
  return row;
}

async function showModel(tracking: Tracking, id: string, allowDeleted = false): Promise<object> {
  return (await showModels(tracking, [await findModel(tracking, id, allowDeleted)]))[0] as object;
}

/** Logged models as JSON, in the order of the rows. */
export async function showModels({ rows }: Tracking, found: readonly Row[]): Promise<object[]> {
  if (found.length === 0) return [];
  const ids = JSON.stringify(found.map((row) => row['model_id']));
  const of = (table: string) =>
    rows.read(`SELECT * FROM ${table} WHERE model_id IN (SELECT value FROM json_each(?))`, [ids]);
  const lists = await Promise.all(['logged_model_params', 'logged_model_tags', 'logged_model_metrics'].map(of));
  const [params, tags, metrics] = lists.map((all) => Map.groupBy(all, (row) => text(row, 'model_id')));
  return found.map((row) => {
    const id = text(row, 'model_id');
    const shown = (map: Map<string, Row[]> | undefined) =>
      (map?.get(id) ?? []).map(({ key, value }) => ({ key, value }));
    return {
      info: {
        model_id: id,
        experiment_id: text(row, 'experiment_id'),
        name: text(row, 'name'),
        creation_timestamp_ms: Number(row['creation_timestamp']),
        last_updated_timestamp_ms: Number(row['last_updated_timestamp']),
        artifact_uri: text(row, 'artifact_location'),
        status: text(row, 'status'),
        model_type: text(row, 'model_type'),
        source_run_id: text(row, 'source_run_id'),
        ...list('tags', shown(tags)),
      },
      data: {
        ...list('params', shown(params)),
        ...list('metrics', (metrics?.get(id) ?? []).map(shownModelMetric)),
      },
    };
  });
}

function shownModelMetric(row: Row) {
  const { key, value, timestamp, step, dataset_name: name, dataset_digest: digest, model_id, run_uuid } = row;
  return {
    key,
    value: shownValue(Number(value), false),
    timestamp,
    step,
    ...(name === null ? {} : { dataset_name: name }),
    ...(digest === null ? {} : { dataset_digest: digest }),
    model_id,
    run_id: run_uuid,
  };
}

function pairStatements(
  table: string,
  id: string,
  given: readonly { readonly key?: string; readonly value?: string }[],
): Statement[] {
  const unique: Pair[] = [...new Map(given.map(({ key = '', value = '' }) => [key, value]))].map(([key, value]) => ({
    key,
    value,
  }));
  return [...parts(unique)].map((part) => ({
    sql: `INSERT INTO ${table} (model_id, key, value) VALUES ${tuples(part.length, 3)}
      ON CONFLICT (model_id, key) DO UPDATE SET value = excluded.value`,
    values: part.flatMap(({ key, value }) => [id, key, value]),
  }));
}

function checkModelName(name: string): void {
  if (/[/:.%"']/.test(name))
    throw invalid(
      `Invalid model name (${pythonRepr(name)}) provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '"', "'")`,
    );
}

function notFound(id: string) {
  return refuse('RESOURCE_DOES_NOT_EXIST', `Logged model with ID '${id}' not found.`);
}
