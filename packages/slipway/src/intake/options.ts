import type { ErrorCode, Problem } from '@slipway/core/errors';
import { SlipwayError } from '@slipway/core/errors';

/** What an import is asked to do. Plain data: it crosses from process to process. */
export interface IntakeOptions {
  /** A file or folder of this machine. */
  readonly path: string;
  /** As the user knows the source; the name of the file where it was not downloaded. */
  readonly name: string;
  readonly object?: string | undefined;
  readonly threshold?: number | undefined;
  /** Rows with the answers of the original, as CSV or JSON lines. */
  readonly sample?: string | undefined;
}

/** An error as plain data. */
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
