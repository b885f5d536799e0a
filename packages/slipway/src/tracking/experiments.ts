import type { Call } from '@slipway/core/protocols';
import { checkKey, checkLength, invalid, readRequest, refuse } from '../mlflow-api/index.ts';
import type { Row, Statement } from '../stores/index.ts';
import { text, type Tracking } from './context.ts';
import { requireActive } from './lifecycle.ts';

/** An experiment as it lies in the database. */
export interface Experiment {
  readonly id: number;
  readonly stage: string;
  readonly row: Row;
}

const tag = { key: 'string', value: 'string' } as const;
const byId = { experiment_id: ['required', 'string'] } as const;
const MOST_NAME = 500;
const MOST_TAG_KEY = 250;
const MOST_TAG_VALUE = 20_000;

/** Handlers of `/experiments/…`, but for the search. */
export function experimentHandlers(tracking: Tracking) {
  const { rows, now } = tracking;
  return {
    async createExperiment(call: Call) {
      const message = { name: 'string', artifact_location: 'string', tags: { repeated: { message: tag } } } as const;
      const checks = { name: ['required', 'string'], artifact_location: ['string'], tags: ['array'] } as const;
      const { name = '', artifact_location: location = '', tags = [] } = readRequest(call, message, checks);
      checkName(name);
      checkLocation(location);
      for (const { key = '', value = '' } of tags) checkTag(key, value);
      const at = now();
      const statements: Statement[] = [
        {
          sql: `INSERT INTO experiments (name, artifact_location, lifecycle_stage, creation_time, last_update_time)
            VALUES (?, ?, 'active', ?, ?) ON CONFLICT (name) DO NOTHING RETURNING id`,
          values: [name, location, at, at],
        },
        {
          sql: `UPDATE experiments SET artifact_location = 'mlflow-artifacts:/' || id WHERE name = ? AND artifact_location = ''`,
          values: [name],
        },
      ];
      // The tags belong to the experiment that was made now, never to one that had the name before.
      const unique = new Map(tags.map(({ key = '', value = '' }) => [key, value]));
      if (unique.size > 0) {
        statements.push({
          sql: `INSERT INTO experiment_tags (experiment_id, key, value)
            SELECT e.id, json_extract(j.value, '$[0]'), json_extract(j.value, '$[1]') FROM experiments e, json_each(?) j
            WHERE e.name = ? AND e.creation_time = ? AND NOT EXISTS (SELECT 1 FROM experiment_tags t WHERE t.experiment_id = e.id)`,
          values: [JSON.stringify([...unique]), name, at],
        });
      }
      const [made] = await rows.write(statements);
      if (!made?.[0])
        throw refuse('RESOURCE_ALREADY_EXISTS', `Experiment(name=${name}) already exists. Error: the name is taken.`);
      return { experiment_id: text(made[0], 'id') };
    },

    async getExperiment(call: Call) {
      const { experiment_id: id = '' } = readRequest(call, { experiment_id: 'string' }, byId);
      const { row } = await findExperiment(tracking, id);
      return { experiment: (await withTags(tracking, [row]))[0] };
    },

    async getExperimentByName(call: Call) {
      const checks = { experiment_name: ['required', 'string'] } as const;
      const { experiment_name: name = '' } = readRequest(call, { experiment_name: 'string' }, checks);
      const [row] = await rows.read('SELECT * FROM experiments WHERE name = ?', [name]);
      if (!row) throw refuse('RESOURCE_DOES_NOT_EXIST', `Could not find experiment with name '${name}'`);
      return { experiment: (await withTags(tracking, [row]))[0] };
    },

    deleteExperiment: (call: Call) => moveExperiment(tracking, call, 'active', 'deleted'),
    restoreExperiment: (call: Call) => moveExperiment(tracking, call, 'deleted', 'active'),

    async updateExperiment(call: Call) {
      const message = { experiment_id: 'string', new_name: 'string' } as const;
      const checks = { ...byId, new_name: ['string', 'required'] } as const;
      const { experiment_id: id = '', new_name: name = '' } = readRequest(call, message, checks);
      checkName(name);
      const found = await findExperiment(tracking, id);
      if (found.stage !== 'active') throw refuse('INVALID_STATE', 'Cannot rename a non-active experiment.');
      const [changed] = await rows.write([
        {
          sql: `UPDATE experiments SET name = ?, last_update_time = ? WHERE id = ?
            AND NOT EXISTS (SELECT 1 FROM experiments WHERE name = ? AND id <> ?) RETURNING id`,
          values: [name, now(), found.id, name, found.id],
        },
      ]);
      if (changed?.length === 0)
        throw refuse(
          'BAD_REQUEST',
          `UNIQUE constraint failed: experiments.name: another experiment is named '${name}'.`,
        );
      return {};
    },

    async setExperimentTag(call: Call) {
      const message = { experiment_id: 'string', key: 'string', value: 'string' } as const;
      const checks = { ...byId, key: ['required', 'string'], value: ['string'] } as const;
      const { experiment_id: id = '', key = '', value = '' } = readRequest(call, message, checks);
      checkTag(key, value);
      const found = await findExperiment(tracking, id);
      requireActive('experiment', String(found.id), found.stage);
      await rows.write([
        {
          sql: `INSERT INTO experiment_tags (experiment_id, key, value) VALUES (?, ?, ?)
            ON CONFLICT (experiment_id, key) DO UPDATE SET value = excluded.value`,
          values: [found.id, key, value],
        },
      ]);
      return {};
    },

    async deleteExperimentTag(call: Call) {
      const message = { experiment_id: 'string', key: 'string' } as const;
      const checks = { ...byId, key: ['required', 'string'] } as const;
      const { experiment_id: id = '', key = '' } = readRequest(call, message, checks);
      const found = await findExperiment(tracking, id);
      requireActive('experiment', String(found.id), found.stage);
      const [gone] = await rows.write([
        {
          sql: 'DELETE FROM experiment_tags WHERE experiment_id = ? AND key = ? RETURNING key',
          values: [found.id, key],
        },
      ]);
      if (gone?.length === 0)
        throw refuse('RESOURCE_DOES_NOT_EXIST', `No tag with name: ${key} in experiment with id ${id}`);
      return {};
    },
  };
}

/** `12` → 12; the default experiment for nothing. */
export function parseExperimentId(id: string): number {
  const number = id === '' ? 0 : /^\s*[+-]?\d+\s*$/.test(id) ? Number(id) : NaN;
  if (!Number.isSafeInteger(number))
    throw invalid(`Invalid experiment ID '${id}'. Experiment ID must be a valid integer.`);
  return number;
}

/** RESOURCE_DOES_NOT_EXIST where there is none, or none in these stages. */
export async function findExperiment({ rows }: Tracking, id: string, stage?: string): Promise<Experiment> {
  const number = parseExperimentId(id);
  const [row] = await rows.read('SELECT * FROM experiments WHERE id = ?', [number]);
  if (!row || (stage !== undefined && text(row, 'lifecycle_stage') !== stage))
    throw refuse('RESOURCE_DOES_NOT_EXIST', `No Experiment with id=${number} exists`);
  return { id: number, stage: text(row, 'lifecycle_stage'), row };
}

/** Experiments as JSON, in the order of the rows. */
export async function withTags({ rows }: Tracking, found: readonly Row[]): Promise<object[]> {
  const ids = found.map((row) => Number(row['id']));
  const tags =
    ids.length === 0
      ? []
      : await rows.read(
          `SELECT experiment_id, key, value FROM experiment_tags WHERE experiment_id IN (SELECT value FROM json_each(?))`,
          [JSON.stringify(ids)],
        );
  const byExperiment = Map.groupBy(tags, (row) => Number(row['experiment_id']));
  return found.map((row) => {
    const own = byExperiment.get(Number(row['id']));
    return {
      experiment_id: text(row, 'id'),
      name: text(row, 'name'),
      artifact_location: text(row, 'artifact_location'),
      lifecycle_stage: text(row, 'lifecycle_stage'),
      last_update_time: Number(row['last_update_time']),
      creation_time: Number(row['creation_time']),
      ...(own ? { tags: own.map(({ key, value }) => ({ key, value })) } : {}),
      workspace: 'default',
    };
  });
}

async function moveExperiment(tracking: Tracking, call: Call, from: string, to: string) {
  const { experiment_id: id = '' } = readRequest(call, { experiment_id: 'string' }, byId);
  const found = await findExperiment(tracking, id, from);
  const at = tracking.now();
  await tracking.rows.write([
    {
      sql: 'UPDATE experiments SET lifecycle_stage = ?, last_update_time = ? WHERE id = ?',
      values: [to, at, found.id],
    },
    {
      sql: 'UPDATE runs SET lifecycle_stage = ?, deleted_time = ? WHERE experiment_id = ?',
      values: [to, to === 'deleted' ? at : null, found.id],
    },
  ]);
  return {};
}

function checkName(name: string): void {
  if (name === '') throw invalid(`Invalid experiment name: '${name}'`);
  checkLength('name', MOST_NAME, name);
}

function checkTag(key: string, value: string): void {
  checkKey(key);
  checkLength('key', MOST_TAG_KEY, key);
  checkLength('value', MOST_TAG_VALUE, value);
}

/** Only our own artifact store, or what clients reach by themselves. */
function checkLocation(location: string): void {
  if (location === '') return;
  checkLength('artifact_location', 2048, location);
  if (/[?#]|%2f|%5c|(?:^|[/\\])\.\.(?:[/\\]|$)/i.test(location) || /[\p{Cc}\\]/u.test(location))
    throw invalid(
      `Invalid artifact_location ${JSON.stringify(location)}: it must not hold '..', '?', '#' or backslashes.`,
    );
  if (location.startsWith('runs:')) throw invalid(`Artifact location cannot be a runs:/ URI. Given: '${location}'`);
}

/** Makes the experiment that runs without one belong to. */
export async function ensureDefault({ rows, now }: Tracking): Promise<void> {
  const [found] = await rows.read('SELECT 1 FROM experiments WHERE id = 0');
  if (found) return;
  const at = now();
  await rows.write([
    {
      sql: `INSERT INTO experiments (id, name, artifact_location, lifecycle_stage, creation_time, last_update_time)
        VALUES (0, 'Default', 'mlflow-artifacts:/0', 'active', ?, ?) ON CONFLICT DO NOTHING`,
      values: [at, at],
    },
  ]);
}
