import { fail, SlipwayError, toPlain, type PlainError } from '@slipway/core/errors';

/** Whatever went wrong as something to show; what is no coded error is our fault, and says so. */
export function plain(error: unknown): PlainError {
  if (error instanceof SlipwayError) return toPlain(error);
  return toPlain(fail('INTERNAL', {}, { hint: `Please report it with this text: ${String(error)}` }));
}
