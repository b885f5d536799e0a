import { invalid } from '../../mlflow-api/index.ts';
import type { Row } from '../../stores/index.ts';
import { text, type Tracking } from '../context.ts';
import { fieldOf } from './spans.ts';

/** What a client says of a trace (`TraceInfoV3`). */
export interface TraceInfo {
  readonly traceId: string;
  readonly experimentId: string;
  readonly requestTime: number;
  readonly duration: number | null;
  readonly state: string;
  readonly clientRequestId: string | null;
  readonly requestPreview: string | null;
  readonly responsePreview: string | null;
  readonly metadata: ReadonlyMap<string, string>;
  readonly tags: ReadonlyMap<string, string>;
}

const STATES = ['STATE_UNSPECIFIED', 'OK', 'ERROR', 'IN_PROGRESS'];
const MOST_LABELS = 1000;

export function readTraceInfo(given: unknown): TraceInfo {
  const field = (...names: readonly string[]) =>
    names.map((name) => fieldOf(given, name)).find((value) => value !== undefined);
  const string = (...names: readonly string[]) => {
    const value = field(...names);
    return typeof value === 'string' ? value : null;
  };
  const traceId = string('trace_id', 'traceId') ?? '';
  if (!/^[\w.:/-]{1,200}$/.test(traceId)) throw invalid(`Invalid value for parameter 'trace_id' supplied.`);
  const location = field('trace_location', 'traceLocation');
  const experiment = fieldOf(location, 'mlflow_experiment') ?? fieldOf(location, 'mlflowExperiment');
  const id = fieldOf(experiment, 'experiment_id') ?? fieldOf(experiment, 'experimentId');
  const state = field('state');
  return {
    traceId,
    experimentId: typeof id === 'string' ? id : '0',
    requestTime: timeOf(string('request_time', 'requestTime')),
    duration: durationOf(string('execution_duration', 'executionDuration')),
    state: (typeof state === 'number' ? STATES[state] : STATES.find((name) => name === state)) ?? 'STATE_UNSPECIFIED',
    clientRequestId: string('client_request_id', 'clientRequestId'),
    requestPreview: string('request_preview', 'requestPreview'),
    responsePreview: string('response_preview', 'responsePreview'),
    metadata: labels(field('trace_metadata', 'traceMetadata')),
    tags: labels(field('tags')),
  };
}

/** Traces as JSON, in the order of the rows. */
export async function showTraces({ rows }: Tracking, found: readonly Row[]): Promise<object[]> {
  if (found.length === 0) return [];
  const ids = JSON.stringify(found.map((row) => row['trace_id']));
  const all = await rows.read(
    'SELECT trace_id, kind, key, value FROM trace_labels WHERE trace_id IN (SELECT value FROM json_each(?))',
    [ids],
  );
  const byTrace = Map.groupBy(all, (row) => text(row, 'trace_id'));
  return found.map((row) => {
    const own = byTrace.get(text(row, 'trace_id')) ?? [];
    const of = (kind: string): Record<string, string> | undefined => {
      const entries = own
        .filter((label) => label['kind'] === kind)
        .map((label) => [text(label, 'key'), text(label, 'value')] as const);
      return entries.length === 0 ? undefined : Object.fromEntries(entries);
    };
    const optional = (name: string) => (row[name] === null ? undefined : text(row, name));
    // JSON leaves out what is undefined.
    return {
      trace_id: text(row, 'trace_id'),
      client_request_id: optional('client_request_id'),
      trace_location: {
        type: 'MLFLOW_EXPERIMENT',
        mlflow_experiment: { experiment_id: text(row, 'experiment_id') },
      },
      request_preview: optional('request_preview'),
      response_preview: optional('response_preview'),
      request_time: new Date(Number(row['request_time'])).toISOString(),
      execution_duration: row['duration'] === null ? undefined : `${Number(row['duration']) / 1000}s`,
      state: text(row, 'state'),
      trace_metadata: of('metadata'),
      tags: of('tag'),
    };
  });
}

function timeOf(value: string | null): number {
  const time = value === null ? 0 : Date.parse(value);
  if (Number.isNaN(time)) throw invalid(`Invalid value for parameter 'request_time' supplied.`);
  return time;
}

/** `1.5s` → 1500 */
function durationOf(value: string | null): number | null {
  if (value === null) return null;
  if (!/^-?\d{1,12}(?:\.\d{1,9})?s$/.test(value))
    throw invalid(`Invalid value for parameter 'execution_duration' supplied.`);
  return Math.round(Number(value.slice(0, -1)) * 1000);
}

function labels(value: unknown): Map<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return new Map();
  const entries = Object.entries(value);
  if (entries.length > MOST_LABELS) throw invalid(`A trace has at most ${MOST_LABELS} tags.`);
  return new Map(entries.map(([key, item]) => [key, typeof item === 'string' ? item : JSON.stringify(item)]));
}
