import { fail } from '@slipway/core/errors';
import { invalid, pythonJson, pythonType } from '../../mlflow-api/index.ts';
import type { Cell } from '../../stores/index.ts';
import { condition, type Comparison } from './filter.ts';

/** MLflow keeps prompts among models, told apart by this tag; who does not ask for them does not see them. */
const PROMPT = 'mlflow.prompt.is_prompt';

/** A rule for `max_results`. */
export function pageSize(most: number): (value: unknown) => string | undefined {
  return (value) => {
    const size = Number(value);
    if (!(size > most)) return undefined;
    const shown = `Invalid value ${pythonJson(value)} for parameter 'max_results' supplied`;
    return `${shown}:  Hint: Value was of type '${pythonType(value)}'.`;
  };
}

/** The reference server takes this for a failure of its own. */
export function duplicateOrder(clauses: string): Error {
  return fail('MLFLOW_INTERNAL', { problem: `\`order_by\` contains duplicate fields: [${clauses}]` });
}

/** The conditions on tags, all for one key together, and the one that leaves out prompts. */
export function tagConditions(
  comparisons: readonly Comparison[],
  tags: string,
  prompts: string,
): { sql: string; values: Cell[] } {
  const values: Cell[] = [];
  let sql = '';
  const byKey = Map.groupBy(
    comparisons.filter(({ type }) => type === 'tag'),
    ({ key }) => key,
  );
  const wantsPrompts = isQueryingPrompt(comparisons);
  for (const [key, own] of byKey) {
    if (key === PROMPT && !wantsPrompts) continue;
    const parts = own.map(({ comparator, value }) => {
      if (!['=', '!=', 'LIKE', 'ILIKE'].includes(comparator))
        throw invalid(`Invalid comparator for tag: ${comparator}`);
      return condition('t.value', comparator, value);
    });
    sql += ` AND EXISTS (SELECT 1 FROM ${tags} AND t.key = ? AND ${parts.map((part) => part.sql).join(' AND ')})`;
    values.push(key, ...parts.flatMap((part) => part.values));
  }
  if (!wantsPrompts) {
    sql += ` AND NOT EXISTS (SELECT 1 FROM ${prompts} AND p.key = ? AND p.value = 'true')`;
    values.push(PROMPT);
  }
  return { sql, values };
}

function isQueryingPrompt(comparisons: readonly Comparison[]): boolean {
  const asked = comparisons.find(({ type, key }) => type === 'tag' && key === PROMPT);
  const value = String(asked?.value).toLowerCase();
  return (asked?.comparator === '=' && value === 'true') || (asked?.comparator === '!=' && value === 'false');
}
