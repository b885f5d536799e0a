/**
 * Numbers that the library refuses although they are finite: below a value, from below up to and with it, above it,
 * from it upwards, or the value itself. A logarithm refuses `upTo` 0.
 */
export interface Limit {
  readonly refuses: 'below' | 'upTo' | 'above' | 'from' | 'exactly';
  readonly value: number;
}

/** Whether no limit refuses a number. */
export function isWithin(limits: readonly Limit[], x: number): boolean {
  return limits.every(({ refuses, value }) => {
    if (refuses === 'below') return x >= value;
    if (refuses === 'upTo') return x > value;
    if (refuses === 'above') return x <= value;
    return refuses === 'from' ? x < value : x !== value;
  });
}

/** The same limits in the fewest words: one on each side, and single values between them. */
export function tightest(limits: readonly Limit[]): Limit[] {
  const found: Limit[] = [];
  let low = strongest(limits, ['below', 'upTo'], (a, b) => a > b);
  let high = strongest(limits, ['above', 'from'], (a, b) => a < b);
  const single = new Set(limits.filter(({ refuses }) => refuses === 'exactly').map(({ value }) => value));
  if (low && single.has(low.value)) low = { refuses: 'upTo', value: low.value };
  if (high && single.has(high.value)) high = { refuses: 'from', value: high.value };
  if (low) found.push(low);
  if (high) found.push(high);
  const sides = [...found];
  for (const value of single) if (isWithin(sides, value)) found.push({ refuses: 'exactly', value });
  return found;
}

function strongest(
  limits: readonly Limit[],
  [open, closed]: readonly [Limit['refuses'], Limit['refuses']],
  beats: (a: number, b: number) => boolean,
): Limit | undefined {
  let best: Limit | undefined;
  for (const limit of limits) {
    if (limit.refuses !== open && limit.refuses !== closed) continue;
    if (!best || beats(limit.value, best.value) || (limit.value === best.value && limit.refuses === closed))
      best = limit;
  }
  return best;
}

const words: Readonly<Record<Limit['refuses'], string>> = {
  below: 'at least',
  upTo: 'greater than',
  above: 'at most',
  from: 'less than',
  exactly: 'other than',
};

/** `greater than 0 and at most 1`; empty without limits. */
export function limitsInWords(limits: readonly Limit[] = []): string {
  return limits.map(({ refuses, value }) => `${words[refuses]} ${value}`).join(' and ');
}

const keywords: Readonly<Record<Limit['refuses'], string>> = {
  below: 'minimum',
  upTo: 'exclusiveMinimum',
  above: 'maximum',
  from: 'exclusiveMaximum',
  exactly: 'not',
};

/** Keywords of JSON Schema. */
export function limitsInSchema(limits: readonly Limit[] = []): Record<string, number | { const: number }> {
  return Object.fromEntries(
    limits.map(({ refuses, value }) => [keywords[refuses], refuses === 'exactly' ? { const: value } : value]),
  );
}

/** A number near to another that no limit refuses. */
export function nearestWithin(limits: readonly Limit[], x: number): number {
  const candidates = limits.flatMap(({ value }) => [value, value + 1, value - 1, value + 0.5, value - 0.5]);
  return [x, ...candidates].find((candidate) => isWithin(limits, candidate)) ?? x;
}
