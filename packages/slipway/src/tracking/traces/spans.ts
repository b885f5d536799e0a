import { invalid } from '../../mlflow-api/index.ts';

/** A span as it is kept and answered: OpenTelemetry's JSON with the names of its protocol. */
export interface Span {
  /** MLflow's id of the trace: `tr-` and 32 hexadecimal digits. */
  readonly traceId: string;
  readonly spanId: string;
  readonly isRoot: boolean;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly end: number | undefined;
  /** Of the root: how the trace ended. */
  readonly state: 'OK' | 'ERROR' | 'IN_PROGRESS';
  readonly content: string;
}

const MOST_SPANS = 50_000;
const NAMES =
  'scopeSpans traceId spanId parentSpanId traceState startTimeUnixNano endTimeUnixNano timeUnixNano stringValue boolValue intValue doubleValue arrayValue kvlistValue bytesValue'.split(
    ' ',
  );
const snake = new Map(NAMES.map((name) => [name, name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)]));

/** The spans of a request (`resource_spans`); INVALID_PARAMETER_VALUE for what is none. */
export function readSpans(document: unknown): Span[] {
  const found: Span[] = [];
  for (const resource of items(document, 'resource_spans', 'resourceSpans'))
    for (const scope of items(resource, 'scope_spans', 'scopeSpans'))
      for (const span of items(scope, 'spans', 'spans')) {
        if (found.length >= MOST_SPANS) throw invalid(`More than ${MOST_SPANS} spans in one request.`);
        found.push(readSpan(named(span)));
      }
  if (found.length === 0) throw invalid('Invalid OpenTelemetry format - no spans found');
  return found;
}

function readSpan(span: unknown): Span {
  const traceId = hex(fieldOf(span, 'trace_id'), 16);
  const spanId = hex(fieldOf(span, 'span_id'), 8);
  const parent = fieldOf(span, 'parent_span_id');
  const name = fieldOf(span, 'name');
  const start = milliseconds(fieldOf(span, 'start_time_unix_nano')) ?? 0;
  const end = milliseconds(fieldOf(span, 'end_time_unix_nano'));
  const code = fieldOf(fieldOf(span, 'status'), 'code');
  const failed = code === 2 || code === 'STATUS_CODE_ERROR';
  const base64 = (text: string) => Buffer.from(text, 'hex').toString('base64');
  const hasParent = typeof parent === 'string' && parent !== '';
  const kept = {
    ...(span as object),
    trace_id: base64(traceId),
    span_id: base64(spanId),
    ...(hasParent ? { parent_span_id: base64(hex(parent, 8)) } : {}),
  };
  return {
    traceId: `tr-${traceId}`,
    spanId,
    isRoot: !hasParent,
    name: typeof name === 'string' ? name : '',
    start,
    end,
    state: end === undefined ? 'IN_PROGRESS' : failed ? 'ERROR' : 'OK',
    content: JSON.stringify(kept),
  };
}

/** An id in hexadecimal, as OTLP's JSON has it, or in base64, as protobuf's. */
function hex(value: unknown, bytes: number): string {
  if (typeof value === 'string') {
    if (new RegExp(`^[\\da-f]{${bytes * 2}}$`, 'i').test(value)) return value.toLowerCase();
    const decoded = Buffer.from(value, 'base64');
    if (decoded.length === bytes) return decoded.toString('hex');
  }
  throw invalid('Cannot convert OpenTelemetry span to MLflow span');
}

function milliseconds(value: unknown): number | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  if (!/^\d{1,20}$/.test(String(value))) throw invalid('Cannot convert OpenTelemetry span to MLflow span');
  const time = Number(BigInt(value) / 1_000_000n);
  return time === 0 ? undefined : time;
}

/** Names as protobuf spells them; what users named keeps its name. */
function named(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(named);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [snake.get(name) ?? name, named(item)]));
}

function items(value: unknown, ...names: readonly string[]): readonly unknown[] {
  const found = names.map((name) => fieldOf(value, name)).find((list) => list !== undefined);
  if (found === undefined) return [];
  if (!Array.isArray(found)) throw invalid('Invalid OpenTelemetry format');
  return found as readonly unknown[];
}

export function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
