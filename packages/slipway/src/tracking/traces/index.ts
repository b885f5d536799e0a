import { fail } from '@slipway/core/errors';
import { parseMediaType, type Call, type Reply } from '@slipway/core/protocols';
import { checkKey, invalid, readRequest, refuse } from '../../mlflow-api/index.ts';
import type { Row, Statement } from '../../stores/index.ts';
import { parts, text, tuples, type Tracking } from '../context.ts';
import { findExperiment } from '../experiments.ts';
import { decodeTraces } from './otlp-protobuf.ts';
import { searchTraces } from './search-traces.ts';
import { fieldOf, readSpans } from './spans.ts';
import { readTraceInfo, showTraces } from './trace-info.ts';

const SPANS_LOCATION = 'mlflow.trace.spansLocation';
const ARTIFACTS = 'mlflow.artifactLocation';
const MOST_TRACES = 100;
const ids = { trace_ids: { repeated: 'string' } } as const;
const needsIds = { trace_ids: ['array', 'required', 'strings'] } as const;

/** Handlers of traces: MLflow's own routes, and OpenTelemetry's. */
export function traceHandlers(tracking: Tracking) {
  const { rows } = tracking;
  return {
    async startTrace(call: Call) {
      const { trace } = readRequest(call, { trace: 'json' }, { trace: ['required'] });
      const info = readTraceInfo(fieldOf(trace, 'trace_info') ?? fieldOf(trace, 'traceInfo'));
      const experiment = await findExperiment(tracking, info.experimentId);
      const place = `${text(experiment.row, 'artifact_location')}/traces/${info.traceId}/artifacts`;
      const tags = new Map([[ARTIFACTS, place], ...info.tags]);
      await rows.write([
        {
          // Its spans may have come before it.
          sql: `INSERT INTO traces (trace_id, experiment_id, request_time, duration, state, client_request_id, request_preview, response_preview)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (trace_id) DO UPDATE SET request_time = excluded.request_time,
              duration = excluded.duration, state = excluded.state, client_request_id = excluded.client_request_id,
              request_preview = excluded.request_preview, response_preview = excluded.response_preview`,
          values: [
            info.traceId,
            experiment.id,
            info.requestTime,
            info.duration,
            info.state,
            info.clientRequestId,
            info.requestPreview,
            info.responsePreview,
          ],
        },
        ...labelStatements(info.traceId, 'tag', tags),
        ...labelStatements(info.traceId, 'metadata', info.metadata),
      ]);
      return { trace: { trace_info: await info1(info.traceId) } };
    },

    async getTraceInfo(call: Call) {
      return { trace: { trace_info: await info1(call.params['trace_id'] ?? '') } };
    },

    async getTrace(call: Call) {
      const message = { trace_id: 'string', allow_partial: 'bool' } as const;
      const { trace_id: id = '' } = readRequest(call, message, { trace_id: ['string', 'required'] });
      return { trace: (await whole([await find(id)]))[0] };
    },

    async batchGetTraces(call: Call) {
      const { trace_ids: given = [] } = readRequest(call, ids, needsIds);
      const traces = await whole(await findAll(given));
      return traces.length === 0 ? {} : { traces };
    },

    async batchGetTraceInfos(call: Call) {
      const { trace_ids: given = [] } = readRequest(call, ids, needsIds);
      const infos = await showTraces(tracking, await findAll(given));
      return infos.length === 0 ? {} : { trace_infos: infos };
    },

    searchTraces: searchTraces(tracking),

    async deleteTraces(call: Call) {
      const message = {
        experiment_id: 'string',
        max_timestamp_millis: 'int64',
        max_traces: 'int64',
        request_ids: { repeated: 'string' },
      } as const;
      const given = readRequest(call, message, {
        experiment_id: ['string', 'required'],
        request_ids: ['array', 'strings'],
      });
      const { max_timestamp_millis: until, max_traces: most, request_ids: chosen = [] } = given;
      if ((until === undefined) === (chosen.length === 0))
        throw invalid('Either `max_timestamp_millis` or `trace_ids` must be specified, but not both.');
      const { id } = await findExperiment(tracking, given.experiment_id ?? '');
      const which = until === undefined ? 'trace_id IN (SELECT value FROM json_each(?))' : 'request_time <= ?';
      const [gone] = await rows.write([
        {
          sql: `DELETE FROM traces WHERE trace_id IN (SELECT trace_id FROM traces WHERE experiment_id = ? AND ${which}
            ORDER BY request_time LIMIT ?) RETURNING trace_id`,
          values: [id, until ?? JSON.stringify(chosen), most ?? -1],
        },
      ]);
      return { traces_deleted: gone?.length ?? 0 };
    },

    async setTraceTag(call: Call) {
      const message = { key: 'string', value: 'string' } as const;
      const { key = '', value = '' } = readRequest(call, message, { key: ['string', 'required'], value: ['string'] });
      checkKey(key);
      const row = await find(call.params['trace_id'] ?? '');
      await rows.write(labelStatements(text(row, 'trace_id'), 'tag', new Map([[key, value]])));
      return {};
    },

    async deleteTraceTag(call: Call) {
      const { key = '' } = readRequest(call, { key: 'string' }, { key: ['string', 'required'] });
      const id = call.params['trace_id'] ?? '';
      const [gone] = await rows.write([
        {
          sql: `DELETE FROM trace_labels WHERE trace_id = ? AND kind = 'tag' AND key = ? RETURNING key`,
          values: [id, key],
        },
      ]);
      if (gone?.length === 0)
        throw refuse('RESOURCE_DOES_NOT_EXIST', `No trace tag with key '${key}' for trace with ID '${id}'`);
      return {};
    },

    async linkTraces(call: Call) {
      const message = { ...ids, run_id: 'string' } as const;
      const given = readRequest(call, message, { ...needsIds, run_id: ['string', 'required'] });
      const { trace_ids: traces = [], run_id: runId = '' } = given;
      if (traces.length > MOST_TRACES)
        throw invalid(
          `Cannot link more than ${MOST_TRACES} traces to a run in a single request. Provided ${traces.length} traces.`,
        );
      await rows.write([
        {
          sql: `INSERT INTO trace_runs (run_uuid, trace_id) SELECT ?, trace_id FROM traces
            WHERE trace_id IN (SELECT value FROM json_each(?)) ON CONFLICT DO NOTHING`,
          values: [runId, JSON.stringify(traces)],
        },
      ]);
      return {};
    },

    async exportTraces(call: Call): Promise<Reply> {
      const { type } = parseMediaType(call.header('content-type') ?? '');
      if (type !== 'application/x-protobuf' && type !== 'application/json')
        throw fail('UNSUPPORTED_MEDIA_TYPE', {
          received: type || 'none',
          expected: 'application/x-protobuf or application/json',
        });
      const experimentId = call.header('x-mlflow-experiment-id');
      if (experimentId === undefined) throw invalid('The header x-mlflow-experiment-id is missing.');
      const experiment = await findExperiment(tracking, experimentId);
      const spans = readSpans(type === 'application/json' ? parseJson(call.text()) : decodeTraces(call.body));
      const byTrace = Map.groupBy(spans, ({ traceId }) => traceId);
      const statements = [...byTrace].flatMap(([traceId, own]): Statement[] => {
        const root = own.find(({ isRoot }) => isRoot);
        const start = own.reduce((least, span) => Math.min(least, span.start), Infinity);
        const end = root?.end;
        const tags = new Map([
          [SPANS_LOCATION, 'TRACKING_STORE'],
          ...(root ? [['mlflow.traceName', root.name] as const] : []),
        ]);
        return [
          {
            sql: `INSERT INTO traces (trace_id, experiment_id, request_time, duration, state) VALUES (?, ?, ?, ?, ?)
              ON CONFLICT (trace_id) DO UPDATE SET duration = coalesce(traces.duration, excluded.duration),
                state = CASE WHEN traces.state = 'IN_PROGRESS' THEN excluded.state ELSE traces.state END`,
            values: [
              traceId,
              experiment.id,
              start,
              end === undefined ? null : end - start,
              root?.state ?? 'IN_PROGRESS',
            ],
          },
          ...labelStatements(traceId, 'tag', tags),
          ...[...parts(own)].map((part) => ({
            sql: `INSERT INTO spans (trace_id, span_id, start_time, content) VALUES ${tuples(part.length, 4)}
              ON CONFLICT (trace_id, span_id) DO UPDATE SET start_time = excluded.start_time, content = excluded.content`,
            values: part.flatMap((span) => [traceId, span.spanId, span.start, span.content]),
          })),
        ];
      });
      await rows.write(statements);
      // An empty message says that all of it was taken.
      return { status: 200, headers: ['content-type', type], body: type === 'application/json' ? '{}' : '' };
    },
  };

  async function find(id: string): Promise<Row> {
    const [row] = await rows.read('SELECT * FROM traces WHERE trace_id = ?', [id]);
    if (!row) throw refuse('RESOURCE_DOES_NOT_EXIST', `Trace with ID '${id}' not found.`);
    return row;
  }

  async function findAll(given: readonly string[]): Promise<readonly Row[]> {
    return await rows.read('SELECT * FROM traces WHERE trace_id IN (SELECT value FROM json_each(?))', [
      JSON.stringify(given.slice(0, MOST_TRACES * 10)),
    ]);
  }

  async function info1(id: string): Promise<object> {
    return (await showTraces(tracking, [await find(id)]))[0] as object;
  }

  /** Traces with their spans. */
  async function whole(found: readonly Row[]): Promise<object[]> {
    const infos = await showTraces(tracking, found);
    const spans = await rows.read(
      'SELECT trace_id, content FROM spans WHERE trace_id IN (SELECT value FROM json_each(?)) ORDER BY start_time, span_id',
      [JSON.stringify(found.map((row) => row['trace_id']))],
    );
    const byTrace = Map.groupBy(spans, (row) => text(row, 'trace_id'));
    return infos.map((info, i) => {
      const own = byTrace.get(text(found[i] as Row, 'trace_id')) ?? [];
      return { trace_info: info, spans: own.map((row) => JSON.parse(text(row, 'content')) as unknown) };
    });
  }
}

function labelStatements(traceId: string, kind: string, labels: ReadonlyMap<string, string>): Statement[] {
  return [...parts([...labels])].map((part) => ({
    sql: `INSERT INTO trace_labels (trace_id, kind, key, value) VALUES ${tuples(part.length, 4)}
      ON CONFLICT (trace_id, kind, key) DO UPDATE SET value = excluded.value`,
    values: part.flatMap(([key, value]) => [traceId, kind, key, value]),
  }));
}

function parseJson(given: string): unknown {
  try {
    return JSON.parse(given);
  } catch {
    throw invalid('Invalid OpenTelemetry format');
  }
}
