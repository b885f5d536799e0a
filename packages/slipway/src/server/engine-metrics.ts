import { turns, type EndpointPlane, type ModelPlane } from '../engine/index.ts';
import { modelLabels, type Metrics, type Tracer } from '../telemetry/index.ts';

/** Every process of a server has the same: it is not added up. */
const alike = { merge: 'max' } as const;
const counted = { type: 'counter' } as const;

/** Adds what models, endpoints and traces tell at each scrape. */
export function addEngineMetrics(
  metrics: Metrics,
  plane: ModelPlane,
  endpoints: EndpointPlane,
  tracer: Tracer | undefined,
): void {
  const models = plane.loaded.bind(plane);
  metrics.gauge(
    'slipway_models_loaded',
    'Model versions in memory.',
    () => models().map(({ label, digest }) => [{ ...modelLabels(label), digest }, 1]),
    alike,
  );
  metrics.gauge(
    'slipway_model_package_bytes',
    'Size of the packages of the versions in memory.',
    () => models().flatMap(({ label, bytes }) => (bytes === undefined ? [] : [[modelLabels(label), bytes]])),
    alike,
  );
  metrics.gauge('slipway_loaded_bytes', 'Memory that versions take, by the size of their parts.', () =>
    models().map((model) => [{ ...modelLabels(model.label), pinned: String(plane.isPinned(model)) }, model.memory]),
  );
  metrics.gauge(
    'slipway_memory_budget_bytes',
    'Memory that all versions together may take; missing without a limit.',
    () => (plane.memory.budgetBytes === undefined ? [] : [[{}, plane.memory.budgetBytes]]),
  );
  metrics.gauge(
    'slipway_model_executor',
    'Which runtime answers single rows and batches of a version: compiled or onnx.',
    () =>
      models().flatMap(({ label, executors }) =>
        (['row', 'batch'] as const).map(
          (rows) => [{ ...modelLabels(label), rows, runtime: executors[rows] }, 1] as const,
        ),
      ),
    alike,
  );
  metrics.gauge(
    'slipway_requests_waiting',
    'Requests that wait, unread, for their turn on the processor.',
    () => turns.waiting,
  );
  metrics.gauge('slipway_queue_depth', 'Runs that wait for their turn.', () =>
    models().map(({ label, waiting }) => [modelLabels(label), waiting]),
  );
  metrics.gauge(
    'slipway_model_loads_total',
    'Versions that were brought into memory.',
    () => plane.counts.loads,
    counted,
  );
  metrics.gauge(
    'slipway_model_load_failures_total',
    'Versions that could not be loaded, or whose goldens differed.',
    () => plane.counts.loadFailures,
    counted,
  );
  metrics.gauge(
    'slipway_model_load_seconds_total',
    'Time of loading, in all.',
    () => plane.counts.loadSeconds,
    counted,
  );
  metrics.gauge(
    'slipway_model_unloads_total',
    'Versions whose memory was given back: to make room, because another version replaced them, or by request.',
    () => Object.entries(plane.counts.unloads).map(([reason, count]) => [{ reason }, count] as const),
    counted,
  );
  metrics.gauge(
    'slipway_model_switches_total',
    'References that moved to another version while serving.',
    () => plane.counts.switches,
    counted,
  );
  metrics.gauge(
    'slipway_shadow_rows_total',
    'Rows that shadows answered too, and how their answers compare.',
    () => endpoints.shadowCounts(),
    counted,
  );
  const each = (value: (target: ReturnType<EndpointPlane['targets']>[number]) => number) => () =>
    endpoints.targets().map((target) => [{ endpoint: target.endpoint, target: target.ref }, value(target)] as const);
  metrics.gauge(
    'slipway_endpoint_target_share',
    'Share of the requests that a target of an endpoint gets; 0 for one that is paused.',
    each(({ share }) => share),
    alike,
  );
  metrics.gauge(
    'slipway_endpoint_target_requests',
    'Requests to a target in the window of its health.',
    each(({ requests }) => requests),
  );
  metrics.gauge(
    'slipway_endpoint_target_error_ratio',
    'Share of them that failed; of several processes the worst.',
    each(({ errorRate }) => errorRate),
    alike,
  );
  metrics.gauge(
    'slipway_endpoint_target_p99_seconds',
    'Their 99th percentile; of several processes the worst.',
    each(({ p99Ms }) => p99Ms / 1000),
    alike,
  );
  if (!tracer) return;
  const { counts: spans } = tracer.exporter;
  metrics.gauge(
    'slipway_trace_spans_total',
    'Spans by what became of them.',
    () => Object.entries(spans).map(([result, count]) => [{ result }, count]),
    counted,
  );
}
