import type { ErrorCode } from './catalogue.ts';
import { SlipwayError, type Problem } from './error.ts';

/** An error as plain data, to cross from process to process or from a worker to its page. */
export interface PlainError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly errors?: readonly Problem[] | undefined;
}

export function toPlain({ code, message, hint, errors }: SlipwayError): PlainError {
  return { code, message, hint, ...(errors ? { errors } : {}) };
}

export function fromPlain({ code, message, hint, errors }: PlainError): SlipwayError {
  return new SlipwayError(code, message, hint, errors ? { errors } : {});
}
