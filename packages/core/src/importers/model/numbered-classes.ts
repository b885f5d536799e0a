import type { Classes } from './prediction.ts';

/** Classes 0, 1, 2, … of models that know no labels. */
export function numberedClasses(count: number): Classes {
  return { labels: Array.from({ length: count }, (_, k) => k), type: 'integer' };
}
