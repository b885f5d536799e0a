import { fail } from '../../errors/index.ts';

/** Beyond this a file lies about its columns. */
const MOST_COLUMNS = 250_000;

/** A number of columns that a file states, before anything is made for each. */
export function checkedColumns(count: number, format: string): number {
  if (count > MOST_COLUMNS)
    throw fail('LIMIT_EXCEEDED', { format, what: 'the number of columns', limit: MOST_COLUMNS });
  return count;
}
