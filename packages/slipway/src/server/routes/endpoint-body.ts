import { fail } from '@slipway/core/errors';
import type { EndpointSpec } from '../../registry/index.ts';

/** What `PUT /api/v1/endpoints/{name}` takes. */
export interface EndpointBody {
  readonly spec: EndpointSpec;
  /** Only if the endpoint is still at this revision. */
  readonly revision: number | undefined;
}

/** Reads the document; INVALID_REQUEST names the field. Ranges are checked where the endpoint is written. */
export function readSpec(document: object): EndpointBody {
  const fields = objectWith(document, 'the body', ['targets', 'shadows', 'sticky', 'rollback', 'revision']);
  const targets = list(fields['targets'], 'targets').map((target, i) => {
    const at = `targets[${i}]`;
    const { ref, weight = 100, paused } = objectWith(target, at, ['ref', 'weight', 'paused']);
    return {
      ref: text(ref, `${at}.ref`),
      weight: number(weight, `${at}.weight`),
      ...(paused === undefined || paused === null || paused === false
        ? {}
        : { paused: paused === true ? 'by request' : text(paused, `${at}.paused`) }),
    };
  });
  const shadows = list(fields['shadows'] ?? [], 'shadows').map((ref, i) => text(ref, `shadows[${i}]`));
  return {
    spec: { targets, shadows, sticky: readSticky(fields['sticky']), rollback: readRollback(fields['rollback']) },
    revision: readRevision(fields['revision']),
  };
}

function readRevision(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const revision = number(value, 'revision');
  if (Number.isSafeInteger(revision) && revision >= 0) return revision;
  throw wrong('revision', 'a whole number', value);
}

function readSticky(value: unknown): EndpointSpec['sticky'] {
  if (value === undefined || value === null) return undefined;
  const { header, column } = objectWith(value, 'sticky', ['header', 'column']);
  if ((header === undefined) === (column === undefined)) throw wrong('sticky', 'a header or a column', value);
  return header === undefined ? { column: text(column, 'sticky.column') } : { header: text(header, 'sticky.header') };
}

function readRollback(value: unknown): EndpointSpec['rollback'] {
  if (value === undefined || value === null) return undefined;
  const fields = objectWith(value, 'rollback', ['error_rate', 'latency_p99_ms', 'min_requests', 'window_s']);
  const optional = (name: string) =>
    fields[name] === undefined || fields[name] === null ? undefined : number(fields[name], `rollback.${name}`);
  return {
    error_rate: optional('error_rate'),
    latency_p99_ms: optional('latency_p99_ms'),
    min_requests: optional('min_requests') ?? 100,
    window_s: optional('window_s') ?? 60,
  };
}

function objectWith(value: unknown, path: string, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(path, 'an object', value);
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw fail('INVALID_REQUEST', {
      problem: `${path}: ${JSON.stringify(unknown)} is no field; it takes ${known.join(', ')}.`,
    });
  return value as Record<string, unknown>;
}

function list(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(path, 'an array', value);
  return value;
}

function text(value: unknown, path: string): string {
  if (typeof value !== 'string') throw wrong(path, 'a string', value);
  return value;
}

function number(value: unknown, path: string): number {
  if (typeof value !== 'number') throw wrong(path, 'a number', value);
  return value;
}

function wrong(path: string, expected: string, value: unknown) {
  const came = value === undefined ? 'nothing' : (JSON.stringify(value) ?? typeof value).slice(0, 80);
  return fail('INVALID_REQUEST', { problem: `${path}: expected ${expected}, received ${came}.` });
}
