import type { EndpointSpec } from '../../registry/index.ts';
import { listOf, numberOf, objectOf, textOf, wrongField } from './fields.ts';

/** What `PUT /api/v1/endpoints/{name}` takes. */
export interface EndpointBody {
  readonly spec: EndpointSpec;
  /** Only if the endpoint is still at this revision. */
  readonly revision: number | undefined;
}

/** Reads the document; INVALID_REQUEST names the field. Ranges are checked where the endpoint is written. */
export function readSpec(document: object): EndpointBody {
  const fields = objectOf(document, 'the body', ['targets', 'shadows', 'sticky', 'rollback', 'revision']);
  const targets = listOf(fields['targets'], 'targets').map((target, i) => {
    const at = `targets[${i}]`;
    const { ref, weight = 100, paused } = objectOf(target, at, ['ref', 'weight', 'paused']);
    return {
      ref: textOf(ref, `${at}.ref`),
      weight: numberOf(weight, `${at}.weight`),
      ...(paused === undefined || paused === null || paused === false
        ? {}
        : { paused: paused === true ? 'by request' : textOf(paused, `${at}.paused`) }),
    };
  });
  const shadows = listOf(fields['shadows'] ?? [], 'shadows').map((ref, i) => textOf(ref, `shadows[${i}]`));
  return {
    spec: { targets, shadows, sticky: readSticky(fields['sticky']), rollback: readRollback(fields['rollback']) },
    revision: readRevision(fields['revision']),
  };
}

function readRevision(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const revision = numberOf(value, 'revision');
  if (Number.isSafeInteger(revision) && revision >= 0) return revision;
  throw wrongField('revision', 'a whole number', value);
}

function readSticky(value: unknown): EndpointSpec['sticky'] {
  if (value === undefined || value === null) return undefined;
  const { header, column } = objectOf(value, 'sticky', ['header', 'column']);
  if ((header === undefined) === (column === undefined)) throw wrongField('sticky', 'a header or a column', value);
  return header === undefined
    ? { column: textOf(column, 'sticky.column') }
    : { header: textOf(header, 'sticky.header') };
}

function readRollback(value: unknown): EndpointSpec['rollback'] {
  if (value === undefined || value === null) return undefined;
  const fields = objectOf(value, 'rollback', ['error_rate', 'latency_p99_ms', 'min_requests', 'window_s']);
  const optional = (name: string) =>
    fields[name] === undefined || fields[name] === null ? undefined : numberOf(fields[name], `rollback.${name}`);
  return {
    error_rate: optional('error_rate'),
    latency_p99_ms: optional('latency_p99_ms'),
    min_requests: optional('min_requests') ?? 100,
    window_s: optional('window_s') ?? 60,
  };
}
