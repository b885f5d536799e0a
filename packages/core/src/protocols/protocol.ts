import type { SlipwayError } from '../errors/index.ts';
import type { Rows, Signature, TensorSpec } from '../signature/index.ts';
import type { Tensor } from '../tensor/index.ts';

/** What a caller may do. On a server with keys each route needs one. */
export type Scope = 'predict' | 'read' | 'write' | 'deploy' | 'admin';

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
  /** The whole query as it was sent, without its question mark. */
  readonly search?: string | undefined;
  readonly body: Uint8Array;
  /** The body as text; INVALID_REQUEST when it is not UTF-8. */
  text(): string;
  /** The body as it comes, for routes that stream; may be read once. */
  stream?(): AsyncIterable<Uint8Array>;
  /** Goes into the answer's `x-request-id`, problems and logs. */
  readonly requestId: string;
  /** Aborts when the client has gone or its time is over; the reason is the error to answer. */
  readonly signal: AbortSignal;
  /** Who calls, for logs and the audit. */
  readonly caller: string;
  /** Whether the caller has the scope on this model, or on some model; always true on an open server. */
  may(scope: Scope, model?: string): boolean;
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
  /** `/predict/{ref}`: a name in braces takes one segment, `{model}:predict` what stands before `:predict`, `{path*}` the rest. */
  readonly path: string;
  /** The path with a slash at its end is the same route. */
  readonly trailingSlash?: boolean | undefined;
  /** One line for documents. */
  readonly summary?: string | undefined;
  /** Who may call it; `predict` unless told, which {@link Plane.find} checks for each model. `public` needs no key. */
  readonly access?: Scope | 'public' | undefined;
  /** The body is handed over as it comes ({@link Call.stream}) and may be of any length; {@link Call.body} stays empty. */
  readonly streams?: boolean | undefined;
  readonly handle: (call: Call, plane: Plane) => Reply | Promise<Reply>;
}

/** A wire: its routes, and how it says that something went wrong. Adding one = a folder and a line in `index.ts`. */
export interface Protocol {
  readonly id: string;
  readonly title: string;
  readonly routes: readonly Route[];
  /** Unknown paths below these are this wire's to refuse: `/v2`. */
  readonly prefixes?: readonly string[] | undefined;
  readonly fail: (error: SlipwayError, call: Call) => Reply;
}

/** The engine as a wire sees it. */
export interface Plane {
  /** The model behind `churn`, `churn:3`, `churn@champion`; undefined: the only one. Throws MODEL_NOT_FOUND or NOT_READY. */
  find(ref: string | undefined): Servable | Promise<Servable>;
  /** Lets other requests have their turn; asked for between the parts of long work. */
  turn(): Promise<void>;
  /** The models as this request sees them, where its headers decide on the version; undefined where they don't. */
  forCall?(call: Pick<Call, 'header'>): Plane | undefined;
  /** Every model with its versions, or only the model of that name. */
  list(name?: string): Promise<readonly ListedModel[]>;
  /** True when every model that the server was started with answers. */
  isReady(): boolean;
  /** The server stops: nobody should send more requests. */
  isDraining?(): boolean;
  /** Brings a version into memory. `place` is where a platform says that it lies; only allowed places are read. */
  load(ref: string, place?: string): Promise<Servable>;
  /** Gives its memory back. MODEL_NOT_FOUND when it is not loaded. */
  unload(ref: string): Promise<void>;
}

/** A model as lists show it. */
export interface ListedModel {
  readonly name: string;
  /** The newest first. */
  readonly versions: readonly ListedVersion[];
}

export interface ListedVersion {
  /** Undefined for a file that is served without a registry. */
  readonly version: number | undefined;
  /** `available`: in the registry, loaded on demand. */
  readonly state: 'ready' | 'available' | 'loading' | 'failed';
  /** Why it failed. */
  readonly problem?: string | undefined;
  readonly aliases: readonly string[];
}

/** Counts of one model version since it was loaded. */
export interface ServableStatistics {
  /** Rows that were answered. */
  readonly rows: number;
  /** Runs that were answered: a batch is one. */
  readonly runs: number;
  readonly failures: number;
  /** Milliseconds since the epoch, with fractions; 0 before the first. */
  readonly lastAt: number;
  /** Time in the executors, in all. */
  readonly nanoseconds: number;
}

/** A model version that answers. */
export interface Servable {
  readonly name: string;
  /** Undefined for a file that is served without a registry. */
  readonly version: number | undefined;
  /** `churn:3`, or only the name where there are no versions. */
  readonly label: string;
  /** `sha256:…` of the package. */
  readonly digest: string;
  readonly signature: Signature;
  readonly rows: Rows;
  /** Outputs of the graph; the rows in front are not written. */
  readonly outputs: readonly TensorSpec[];
  /** What it did so far. */
  readonly statistics: ServableStatistics;
  /** JSON text of the answer to one row, at once; undefined when the row needs the long way. */
  answerRow(row: unknown, ignoreExtra: boolean): string | undefined;
  /** Keeps it in memory between two runs of a request, until what it returns is called. */
  hold?(): () => void;
  /** Runs `count` rows. Output tensors have the rows in front. */
  infer(
    inputs: Readonly<Record<string, Tensor>>,
    count: number,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, Tensor>>>;
}
