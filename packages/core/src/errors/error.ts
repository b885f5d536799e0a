import { catalogue, type ErrorCode } from './catalogue.ts';

type Placeholders<S extends string> = S extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;
type TextsOf<C extends ErrorCode> = (typeof catalogue)[C]['message'] | (typeof catalogue)[C]['hint'];

/** The values that the message and hint of a code need. */
export type ErrorParams<C extends ErrorCode> = Record<Placeholders<TextsOf<C>>, string | number>;

/** One problem of an input: where, what was expected, what came. */
export interface Problem {
  readonly path: string;
  readonly expected: string;
  readonly received: string;
}

export interface ErrorOptions {
  readonly cause?: unknown;
  /** All problems at once, for answers with an `errors` array. */
  readonly errors?: readonly Problem[];
  /** Replaces the catalogue's hint where a better one is known. */
  readonly hint?: string;
  /** Seconds after which trying again makes sense; for `Retry-After`. */
  readonly retryAfter?: number;
}

/** An error that a user sees: it has a code of the catalogue, a precise message and a hint. Anything else is a bug. */
export class SlipwayError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly title: string;
  readonly hint: string;
  readonly errors: readonly Problem[] | undefined;
  /** Seconds; for 429 and 503. */
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, message: string, hint: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SlipwayError';
    this.code = code;
    this.status = catalogue[code].status;
    this.title = catalogue[code].title;
    this.hint = hint;
    this.errors = options.errors;
    this.retryAfter = options.retryAfter;
  }

  /** RFC 9457 body, also what `--json` prints. */
  toJSON(): Record<string, unknown> {
    return {
      type: `urn:slipway:error:${this.code}`,
      title: this.title,
      status: this.status,
      code: this.code,
      detail: this.message,
      hint: this.hint,
      ...(this.errors ? { errors: this.errors } : {}),
    };
  }
}

/** Makes the error of a code; the parameters fill the placeholders of its message and hint. */
export function fail<C extends ErrorCode>(code: C, params: ErrorParams<C>, options: ErrorOptions = {}): SlipwayError {
  const { message, hint } = catalogue[code];
  return new SlipwayError(code, fill(message, params), options.hint ?? fill(hint, params), options);
}

function fill(text: string, params: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(params, name) ? String(params[name]) : whole,
  );
}

/** Renders what came in an error message: JSON, shortened, never more than 80 characters. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? typeof value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
