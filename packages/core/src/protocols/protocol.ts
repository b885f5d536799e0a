import type { SlipwayError } from '../errors/index.ts';
import type { Rows, Signature } from '../signature/index.ts';
import type { Tensor } from '../tensor/index.ts';

/** One request as a host hands it over. Header names are lower case. */
export interface Call {
  readonly method: string;
  /** Without the query, as it was sent. */
  readonly path: string;
  /** Values of the `{names}` in the route's path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  header(name: string): string | undefined;
  /** First value of a query parameter, decoded. */
  query(name: string): string | undefined;
  readonly body: Uint8Array;
  /** The body as text; INVALID_REQUEST when it is not UTF-8. */
  text(): string;
  /** Goes into the answer's `x-request-id`, problems and logs. */
  readonly requestId: string;
  /** Aborts when the client has gone or its time is over; the reason is the error to answer. */
  readonly signal: AbortSignal;
}

/** What a host sends back. It adds the request id, the length and security headers. */
export interface Reply {
  readonly status: number;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  /** Several parts are sent one after the other, as fast as the client reads. */
  readonly body: string | Uint8Array | Iterable<string> | AsyncIterable<string | Uint8Array>;
  /** Label of the model that answered, for metrics and logs. */
  readonly model?: string | undefined;
}

/** One path of a wire. Answers at once where nothing waits: the hot path has no promise. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `/predict/{ref}`: a name in braces takes one segment. */
  readonly path: string;
  readonly handle: (call: Call, plane: Plane) => Reply | Promise<Reply>;
}

/** A wire: its routes, and how it says that something went wrong. Adding one = a folder and a line in `index.ts`. */
export interface Protocol {
  readonly id: string;
  readonly title: string;
  readonly routes: readonly Route[];
  readonly fail: (error: SlipwayError, call: Call) => Reply;
}

/** The engine as a wire sees it. */
export interface Plane {
  /** The model behind `churn`, `churn:3`, `churn@champion`; undefined: the only one. Throws MODEL_NOT_FOUND or NOT_READY. */
  find(ref: string | undefined): Servable | Promise<Servable>;
  /** Lets other requests have their turn; asked for between the parts of long work. */
  turn(): Promise<void>;
}

/** A model version that answers. */
export interface Servable {
  /** `churn:3`, or only the name where there are no versions. */
  readonly label: string;
  /** `sha256:…` of the package. */
  readonly digest: string;
  readonly signature: Signature;
  readonly rows: Rows;
  /** JSON text of the answer to one row, at once; undefined when the row needs the long way. */
  answerRow(row: unknown, ignoreExtra: boolean): string | undefined;
  /** Runs `count` rows. Output tensors have the rows in front. */
  infer(
    inputs: Readonly<Record<string, Tensor>>,
    count: number,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, Tensor>>>;
}
