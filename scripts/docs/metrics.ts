import { EndpointPlane, ModelPlane, type ModelSource } from '../../packages/slipway/src/engine/index.ts';
import { addEngineMetrics } from '../../packages/slipway/src/server/engine-metrics.ts';
import { addJournalMetrics } from '../../packages/slipway/src/server/journal-metrics.ts';
import {
  addProcessMetrics,
  Metrics,
  openTracer,
  RunNotes,
  silentLog,
} from '../../packages/slipway/src/telemetry/index.ts';
import { sampleModel } from '../../test/sample-model.ts';
import { generatedNote, markdownTable, page } from './markdown.ts';

/** `docs/reference/metrics.md`: every metric with its labels, from a server that has seen one of everything. */
export async function metricsPage(): Promise<string> {
  const metrics = new Metrics();
  const model = await sampleModel({ bytes: 1 });
  const source: ModelSource = {
    resolve: () => Promise.resolve(version),
    load: () => Promise.resolve(model),
    models: () => Promise.resolve([version]),
    versions: () => Promise.resolve([version]),
    endpoints: () =>
      Promise.resolve([{ name: 'live', revision: 1, targets: [{ ref: 'churn:3', weight: 1 }], shadows: ['churn:3'] }]),
    watch: () => () => undefined,
  };
  const plane = new ModelPlane({ source });
  const endpoints = new EndpointPlane(plane);
  await endpoints.refresh();
  const asked = await endpoints.find('live');
  asked.answerRow(model.example, false);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const tracer = openTracer({ endpoint: 'http://127.0.0.1:4318', environment: {}, version: '0', log: silentLog });
  addProcessMetrics(metrics);
  addEngineMetrics(metrics, plane, endpoints, tracer);
  const score = { model: 'churn', version: 3, count: 1, correct: 1, accuracy: 1, absolute_error_sum: 1 };
  const summary = { versions: [{ ...score, mean_absolute_error: 1, root_mean_squared_error: 1 }], pending: 0 };
  const counts = { rows: 0, dropped: 0, failed: 0 };
  addJournalMetrics(metrics, { summary }, { counts, segmentCounts: { sealed: 0, deleted: 0 } });
  metrics.observe('/predict', 'native', 'churn:3', 200, 0.001);
  metrics.countError('INVALID_INPUT', 'native');
  const notes = new RunNotes();
  notes.run(model, 1, 1, 1, 1);
  metrics.observeStages('native', notes, 0, 2);
  const workers = ['slipway_workers', 'gauge', '', 'Processes that share the port; only with `--workers`.'];
  const rows = metrics.families().map(({ name, type, help, merge, samples }) => {
    const labels = [...(samples[0]?.[1] ?? '').matchAll(/([a-z_]+)="/g)]
      .map(([, label]) => label)
      .filter((label) => label !== 'le');
    if (merge === 'each') labels.push('worker');
    return [`\`${name}\``, type, labels.map((label) => `\`${label}\``).join(' '), help];
  });
  endpoints.close();
  await tracer?.exporter.close();
  await plane.close();
  return page([
    generatedNote,
    '# Metrics',
    `\`GET /metrics\` is Prometheus text (0.0.4), or OpenMetrics for scrapers that ask for it. With \`--workers\` the figures are those of all
processes; what each process has for itself has the label \`worker\`. \`model\` and \`version\` are those of the version that answered; files that
are served without a registry have no \`version\`. See [Monitor](../how-to/monitor.md).`,
    markdownTable(
      ['Metric', 'Type', 'Labels', 'Means'],
      [...rows, [`\`${workers[0]}\``, ...workers.slice(1)] as string[]],
    ),
  ]);
}

const version = {
  model: 'churn',
  version: 3,
  digest: `sha256:${'ab12'.repeat(16)}`,
  createdAt: '2030-01-01T00:00:00Z',
  newest: true,
  aliases: [],
  size: 1,
  source: {},
  summary: {},
} as const;
