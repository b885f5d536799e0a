import { fail } from '../../errors/index.ts';

export function corrupt(problem: string, cause?: unknown): Error {
  return fail('CORRUPT_FILE', { format: 'XGBoost', problem }, cause === undefined ? {} : { cause });
}
