import { answerSchema, rowSchema } from '@slipway/core/signature';
import { typeOf } from '../schema-types.ts';
import { labelOf, type DeliveredModel } from '../target.ts';

/** `client.ts`: types from the signature, and a function that sends rows. Needs `fetch` and nothing else. */
export function typescriptClient(model: DeliveredModel): string {
  const { signature } = model.pkg.manifest;
  return `/** Client of a model served by Slipway. Written by \`slipway build --target client\`. */

/** Of the package that the types were made from. */
export const digest = ${JSON.stringify(model.pkg.digest)};
/** The model as it was called then. */
export const label = ${JSON.stringify(labelOf(model))};

/** A row, as the model was trained with. */
export type Row = ${typeOf(rowSchema(signature))};

/** The answer to a row. */
export type Answer = ${typeOf(answerSchema(signature))};

export interface ClientOptions {
  /** Of the server: https://models.example */
  readonly url: string;
  /** An access key, slw_…, where the server asks for one. */
  readonly key?: string;
  /** Model, version, alias or endpoint: churn, churn:3, churn@champion. */
  readonly ref?: string;
  /** Milliseconds until a call is given up; 10,000 unless set. */
  readonly timeoutMs?: number;
  readonly fetch?: typeof fetch;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** What becomes of columns that the model does not know. */
  readonly extra?: 'refuse' | 'ignore';
}

/** One problem of the rows: where, what was expected, what came. */
export interface Problem {
  readonly path: string;
  readonly expected: string;
  readonly received: string;
}

/** What the server refused, with its code. */
export class PredictionError extends Error {
  readonly code: string;
  readonly status: number;
  readonly hint: string | undefined;
  readonly errors: readonly Problem[];
  readonly requestId: string | undefined;

  constructor(status: number, problem: { code?: string; detail?: string; hint?: string; errors?: readonly Problem[]; request_id?: string }) {
    super(problem.detail ?? \`The server answered with status \${status}.\`);
    this.name = 'PredictionError';
    this.code = problem.code ?? 'UNKNOWN';
    this.status = status;
    this.hint = problem.hint;
    this.errors = problem.errors ?? [];
    this.requestId = problem.request_id;
  }
}

export interface Client {
  /** Answers a row, or each row of an array. Rejects with PredictionError when the server refuses. */
  predict(row: Row, options?: CallOptions): Promise<Answer>;
  predict(rows: readonly Row[], options?: CallOptions): Promise<Answer[]>;
}

export function createClient({ url, key, ref = ${JSON.stringify(model.name)}, timeoutMs = 10_000, ...rest }: ClientOptions): Client {
  const send = rest.fetch ?? fetch;
  const address = \`\${url.replace(/\\/+$/, '')}/predict/\${encodeURIComponent(ref)}\`;
  const headers = { 'content-type': 'application/json', ...(key === undefined ? {} : { authorization: \`Bearer \${key}\` }) };

  async function predict(rows: Row | readonly Row[], { signal, extra }: CallOptions = {}): Promise<Answer & Answer[]> {
    const timeout = AbortSignal.timeout(timeoutMs);
    const response = await send(extra === 'ignore' ? \`\${address}?extra=ignore\` : address, {
      method: 'POST',
      headers,
      body: JSON.stringify(rows),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    const body: unknown = await response.json().catch(() => ({}));
    if (!response.ok) throw new PredictionError(response.status, Object(body) as object);
    return body as Answer & Answer[];
  }
  return { predict };
}
`;
}
