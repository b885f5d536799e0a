import type { Fitted } from './fitted.ts';

/** A whole number between two others: what a loop or the size of an array is taken from. */
export function wholeNumber(fitted: Fitted, name: string, least: number, most: number, fallback?: number): number {
  const found = fitted.number(name, fallback);
  if (!Number.isInteger(found) || found < least || found > most)
    throw fitted.wrong(name, `a whole number from ${least} to ${most}`);
  return found;
}
