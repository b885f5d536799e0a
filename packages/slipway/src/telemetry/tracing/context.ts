import { randomFillSync } from 'node:crypto';

/** A request among the spans of a trace. Ids are lower-case hexadecimal. */
export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
  /** The span of the caller. */
  readonly parentId: string | undefined;
  readonly isSampled: boolean;
  readonly state: string | undefined;
}

/** What a caller sent. */
export interface TraceParent {
  readonly traceId: string;
  readonly spanId: string;
  readonly isSampled: boolean;
}

const PARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
/** The specification lets a `tracestate` be dropped that is longer. */
const MOST_STATE = 512;

/** Reads `traceparent`; undefined for what is not valid, which then starts a new trace. https://www.w3.org/TR/trace-context/#traceparent-header */
export function parseTraceParent(text: string | undefined): TraceParent | undefined {
  if (text === undefined) return undefined;
  const [, version, traceId = '', spanId = '', flags = '', rest] = PARENT.exec(text.trim()) ?? [];
  // Version 00 ends here; later ones may go on.
  if (version === undefined || version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, isSampled: (parseInt(flags, 16) & 1) === 1 };
}

/** `traceparent` for the answer and for what is called next. */
export function traceParent({ traceId, spanId, isSampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;
}

/** A `tracestate` that may go on. */
export function traceState(text: string | undefined): string | undefined {
  return text !== undefined && text.length <= MOST_STATE && /^[\x20-\x7e]+$/.test(text) ? text : undefined;
}

/** Random bytes are fetched for many ids at once. */
const pool = Buffer.alloc(4096);
let used = pool.length;

/** A random id of so many bytes; never all zero. */
export function randomId(bytes: 8 | 16): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const id = pool.toString('hex', used, (used += bytes));
  return /^0+$/.test(id) ? randomId(bytes) : id;
}
