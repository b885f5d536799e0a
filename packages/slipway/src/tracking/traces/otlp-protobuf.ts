import { invalid } from '../../mlflow-api/index.ts';

/** A message of OTLP as JSON has it (`opentelemetry/proto/trace/v1`): numbers of fields with name and type. */
interface Shape {
  readonly [field: number]: readonly [name: string, type: Type, isRepeated?: 'list'];
}
type Type = 'string' | 'bytes' | 'bool' | 'varint' | 'int64' | 'double' | 'fixed64' | 'fixed32' | (() => Shape);

const anyValue: Shape = {
  1: ['string_value', 'string'],
  2: ['bool_value', 'bool'],
  3: ['int_value', 'int64'],
  4: ['double_value', 'double'],
  5: ['array_value', () => ({ 1: ['values', () => anyValue, 'list'] })],
  6: ['kvlist_value', () => ({ 1: ['values', () => keyValue, 'list'] })],
  7: ['bytes_value', 'bytes'],
};
const keyValue: Shape = { 1: ['key', 'string'], 2: ['value', () => anyValue] };
const event: Shape = {
  1: ['time_unix_nano', 'fixed64'],
  2: ['name', 'string'],
  3: ['attributes', () => keyValue, 'list'],
};
const link: Shape = {
  1: ['trace_id', 'bytes'],
  2: ['span_id', 'bytes'],
  3: ['trace_state', 'string'],
  4: ['attributes', () => keyValue, 'list'],
};
const span: Shape = {
  1: ['trace_id', 'bytes'],
  2: ['span_id', 'bytes'],
  3: ['trace_state', 'string'],
  4: ['parent_span_id', 'bytes'],
  5: ['name', 'string'],
  6: ['kind', 'varint'],
  7: ['start_time_unix_nano', 'fixed64'],
  8: ['end_time_unix_nano', 'fixed64'],
  9: ['attributes', () => keyValue, 'list'],
  11: ['events', () => event, 'list'],
  13: ['links', () => link, 'list'],
  15: ['status', () => ({ 2: ['message', 'string'], 3: ['code', 'varint'] })],
  16: ['flags', 'fixed32'],
};
const request: Shape = {
  1: ['resource_spans', () => ({ 2: ['scope_spans', () => ({ 2: ['spans', () => span, 'list'] }), 'list'] }), 'list'],
};

const MOST_DEPTH = 40;

/** An `ExportTraceServiceRequest` as JSON. INVALID_PARAMETER_VALUE for bytes that are none. */
export function decodeTraces(bytes: Uint8Array): unknown {
  return decode(bytes, request, 0);
}

function decode(bytes: Uint8Array, shape: Shape, depth: number): Record<string, unknown> {
  if (depth > MOST_DEPTH) throw broken();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const result: Record<string, unknown> = {};
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) break;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw broken();
  };
  const take = (length: number): number => {
    const from = at;
    at += length;
    if (at > bytes.length) throw broken();
    return from;
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const known = shape[Math.floor(tag / 8)];
    let raw: bigint | Uint8Array | number;
    switch (tag % 8) {
      case 0:
        raw = varint();
        break;
      case 1:
        raw = take(8);
        break;
      case 2: {
        const length = Number(varint());
        raw = bytes.subarray(take(length), at);
        break;
      }
      case 5:
        raw = take(4);
        break;
      default:
        throw broken();
    }
    if (!known) continue;
    const [name, type, isRepeated] = known;
    const value = valueOf(raw, type, view, depth);
    if (isRepeated) ((result[name] ??= []) as unknown[]).push(value);
    else result[name] = value;
  }
  return result;
}

function valueOf(raw: bigint | Uint8Array | number, type: Type, view: DataView, depth: number): unknown {
  if (raw instanceof Uint8Array) {
    if (typeof type === 'function') return decode(raw, type(), depth + 1);
    if (type === 'string') return new TextDecoder().decode(raw);
    if (type === 'bytes') return Buffer.from(raw).toString('base64');
  } else if (typeof raw === 'bigint') {
    if (type === 'bool') return raw !== 0n;
    if (type === 'varint') return Number(raw);
    // JSON has no integers of 64 bits: protobuf writes them as strings.
    if (type === 'int64') return String(BigInt.asIntN(64, raw));
  } else {
    if (type === 'fixed64') return String(view.getBigUint64(raw, true));
    if (type === 'fixed32') return view.getUint32(raw, true);
    if (type === 'double') return doubleOf(view.getFloat64(raw, true));
  }
  throw broken();
}

function doubleOf(value: number): number | string {
  return Number.isFinite(value) ? value : Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}

function broken() {
  return invalid('Invalid OpenTelemetry format');
}
