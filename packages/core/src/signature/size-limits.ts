import { fail } from '../errors/index.ts';

/** How much one request may ask for. A body within the limit of its bytes can still unfold into much more. */
export interface SizeLimits {
  readonly maxRows: number;
  /** Numbers and texts of all rows together. */
  readonly maxElements: number;
}

/** TOO_LARGE when there are too many rows, or too many elements in them. Asked before anything is allocated for them. */
export function checkSize(limits: SizeLimits | undefined, rows: number, elements: number): void {
  if (limits === undefined) return;
  if (rows > limits.maxRows) throw tooLarge(limits.maxRows, 'rows', '--max-rows');
  if (elements > limits.maxElements) throw tooLarge(limits.maxElements, 'elements', '--max-elements');
}

function tooLarge(limit: number, unit: string, flag: string) {
  return fail(
    'TOO_LARGE',
    { what: 'The request', limit: `${limit} ${unit}` },
    { hint: `Send fewer rows at once, or start the server with a larger ${flag}.` },
  );
}
