import { invalid } from '../mlflow-api/index.ts';

export const viewTypes = { names: ['', 'ACTIVE_ONLY', 'DELETED_ONLY', 'ALL'] } as const;

/** The stages that a view shows. */
export function stagesOf(view: string | undefined): readonly string[] {
  if (view === 'DELETED_ONLY') return ['deleted'];
  return view === 'ALL' ? ['active', 'deleted'] : ['active'];
}

/** Refuses to change what is deleted. */
export function requireActive(what: 'run' | 'experiment', id: string, stage: string): void {
  if (stage !== 'active') throw invalid(`The ${what} ${id} must be in the 'active' state. Current state is ${stage}.`);
}

const MOST_RESULTS = 50_000;

/** How many results one page may have. */
export function checkMaxResults(count: number): void {
  if (count < 1)
    throw invalid(`Invalid value ${count} for parameter 'max_results' supplied. It must be a positive integer`);
  if (count > MOST_RESULTS)
    throw invalid(`Invalid value ${count} for parameter 'max_results' supplied. It must be at most ${MOST_RESULTS}`);
}
