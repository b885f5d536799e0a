/** An attribute's value. Whole numbers are told apart from others, as OTLP does. */
export type Value = string | number | boolean;
export type Attributes = Readonly<Record<string, Value | undefined>>;

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | undefined;
  readonly state?: string | undefined;
  readonly name: string;
  readonly kind: 'internal' | 'server';
  /** Of `performance.now()`. */
  readonly begin: number;
  readonly end: number;
  readonly attributes: Attributes;
  /** Set where it went wrong on our side. */
  readonly problem?: string | undefined;
}

const KINDS = { internal: 1, server: 2 } as const;
const ERROR = 2;
const SAMPLED = 1;

/**
 * The body of `POST /v1/traces` as JSON: ids in hexadecimal, 64-bit numbers as strings.
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export function otlpTraces(spans: readonly Span[], resource: Attributes, version: string): string {
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: attributes(resource) },
        scopeSpans: [{ scope: { name: 'slipway', version }, spans: spans.map(spanObject) }],
      },
    ],
  });
}

function spanObject(span: Span) {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(span.parentId === undefined ? {} : { parentSpanId: span.parentId }),
    ...(span.state === undefined ? {} : { traceState: span.state }),
    flags: SAMPLED,
    name: span.name,
    kind: KINDS[span.kind],
    startTimeUnixNano: unixNanoseconds(span.begin),
    endTimeUnixNano: unixNanoseconds(span.end),
    attributes: attributes(span.attributes),
    status: span.problem === undefined ? {} : { code: ERROR, message: span.problem },
  };
}

function attributes(given: Attributes) {
  return Object.entries(given)
    .filter((entry): entry is [string, Value] => entry[1] !== undefined)
    .map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: Value): Readonly<Record<string, Value>> {
  switch (typeof value) {
    case 'string':
      return { stringValue: value };
    case 'boolean':
      return { boolValue: value };
    default:
      return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  }
}

const ORIGIN = BigInt(Math.round(performance.timeOrigin * 1000)) * 1000n;

function unixNanoseconds(at: number): string {
  return String(ORIGIN + BigInt(Math.round(at * 1e6)));
}
