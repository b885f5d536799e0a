/** By how much a number may differ: absolute + relative × |expected|. */
export interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
}

/**
 * Where an answer differs from the expected one, as a path with both values; undefined when it is the same.
 * Numbers may differ by the tolerance. Warnings are about rows, not models, and do not count.
 */
export function answerDifference(
  expected: unknown,
  received: unknown,
  tolerance: Tolerance,
  path = 'answer',
): string | undefined {
  if (typeof expected === 'number' && typeof received === 'number') {
    const isNear = Math.abs(received - expected) <= tolerance.absolute + tolerance.relative * Math.abs(expected);
    return isNear || Object.is(expected, received) ? undefined : told(path, expected, received);
  }
  if (!isContainer(expected) || !isContainer(received))
    return Object.is(expected, received) ? undefined : told(path, expected, received);
  if (Array.isArray(expected) !== Array.isArray(received)) return told(path, expected, received);
  const keys = new Set([...Object.keys(expected), ...Object.keys(received)].filter((key) => key !== 'warnings'));
  for (const key of keys) {
    if (!Object.hasOwn(received, key)) return told(`${path}.${key}`, expected[key], undefined);
    if (!Object.hasOwn(expected, key)) return told(`${path}.${key}`, undefined, received[key]);
    const found = answerDifference(expected[key], received[key], tolerance, `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function told(path: string, expected: unknown, received: unknown): string {
  const text = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 100));
  return `${path}: expected ${text(expected)}, received ${text(received)}`;
}
