import { invalid, pythonRepr, refuse } from '../mlflow-api/index.ts';
import type { Row, Statement } from '../stores/index.ts';
import { marks, parts, text, tuples, type Tracking } from './context.ts';
import { requireActive } from './lifecycle.ts';
import type { Pair } from './values.ts';

export const RUN_NAME = 'mlflow.runName';

/** RESOURCE_DOES_NOT_EXIST where there is none. */
export async function findRun({ rows }: Tracking, runId: string): Promise<Row> {
  return requireRun((await rows.read('SELECT * FROM runs WHERE run_uuid = ?', [runId]))[0], runId);
}

export function requireRun(row: Row | undefined, runId: string): Row {
  if (!row) throw refuse('RESOURCE_DOES_NOT_EXIST', `Run with id=${runId} not found`);
  return row;
}

/** The stage of a run, read in the same transaction as the statements after it, which touch active runs only. */
export function stageStatement(runId: string): Statement {
  return { sql: 'SELECT lifecycle_stage FROM runs WHERE run_uuid = ?', values: [runId] };
}

/** Writes to a run; refuses when there is none, or when it is deleted. Gives the rows of the statements. */
export async function writeToRun(
  { rows }: Tracking,
  runId: string,
  statements: readonly Statement[],
): Promise<readonly (readonly Row[])[]> {
  const [stage, ...results] = await rows.write([stageStatement(runId), ...statements]);
  requireActive('run', runId, text(requireRun(stage?.[0], runId), 'lifecycle_stage'));
  return results;
}

/** Statements that set tags of an active run; the name of the run is one of them. */
export function tagStatements(runId: string, tags: readonly Pair[]): Statement[] {
  const unique = [...new Map(tags.map(({ key, value }) => [key, value]))];
  const statements: Statement[] = [];
  for (const part of parts(unique)) {
    statements.push({
      sql: `INSERT INTO run_tags (run_id, key, value)
        SELECT r.id, v.column1, v.column2 FROM runs r, (VALUES ${tuples(part.length, 2)}) v
        WHERE r.run_uuid = ? AND r.lifecycle_stage = 'active'
        ON CONFLICT (run_id, key) DO UPDATE SET value = excluded.value`,
      values: [...part.flat(), runId],
    });
  }
  const name = unique.find(([key]) => key === RUN_NAME)?.[1];
  if (name) {
    statements.push({
      sql: `UPDATE runs SET name = ? WHERE run_uuid = ? AND lifecycle_stage = 'active'`,
      values: [name, runId],
    });
  }
  return statements;
}

/**
 * Statements that log parameters. A value that differs from the one that was logged becomes NULL, which the column refuses: then
 * nothing of the request is written, whoever else logs at the same time.
 */
export function paramStatements(runId: string, params: readonly Pair[]): Statement[] {
  return [...parts(params)].map((part) => ({
    sql: `INSERT INTO params (run_id, key, value)
      SELECT r.id, v.column1, v.column2 FROM runs r, (VALUES ${tuples(part.length, 2)}) v
      WHERE r.run_uuid = ? AND r.lifecycle_stage = 'active'
      ON CONFLICT (run_id, key) DO UPDATE SET value = CASE WHEN value = excluded.value THEN value ELSE NULL END`,
    values: [...part.flatMap(({ key, value }) => [key, value]), runId],
  }));
}

/** Whether a write was refused because a parameter has another value already. */
export function isParamConflict(error: unknown): boolean {
  return error instanceof Error && error.message.includes('NOT NULL constraint failed: params.value');
}

/** Why parameters were not logged, as MLflow's server words it. */
export async function paramConflict(
  { rows }: Tracking,
  runId: string,
  params: readonly Pair[],
  isSingle: boolean,
): Promise<Error> {
  const logged = await rows.read(
    `SELECT p.key, p.value FROM params p JOIN runs r ON r.id = p.run_id
      WHERE r.run_uuid = ? AND p.key IN (${marks(params.length)})`,
    [runId, ...params.map(({ key }) => key)],
  );
  const before = new Map(logged.map((row) => [text(row, 'key'), text(row, 'value')]));
  const changed = params.filter(({ key, value }) => before.has(key) && before.get(key) !== value);
  const [first] = changed;
  if (isSingle && first)
    return invalid(
      `Changing param values is not allowed. Param with key='${first.key}' was already logged with value='${before.get(first.key)}' for run ID='${runId}'. Attempted logging new value '${first.value}'.`,
    );
  const shown = changed.map(
    ({ key, value }) =>
      `{'key': ${pythonRepr(key)}, 'old_value': ${pythonRepr(before.get(key) ?? '')}, 'new_value': ${pythonRepr(value)}}`,
  );
  return invalid(
    `Changing param values is not allowed. Params were already logged='[${shown.join(', ')}]' for run ID='${runId}'.`,
  );
}
