import {
  DashboardBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

interface Panel {
  readonly title: string;
  readonly unit: string;
  /** Expression and legend of each line. */
  readonly lines: readonly (readonly [expression: string, legend: string])[];
  readonly description?: string;
}

const SOURCE = { type: 'prometheus', uid: '${source}' } as const;
const chosen = 'model=~"$model"';
const byVersion = '{{model}}:{{version}}';
const rate = (metric: string, labels = chosen) => `rate(${metric}{${labels}}[$__rate_interval])`;
const quantile = (q: number, metric: string, by: string) =>
  `histogram_quantile(${q}, sum by (${by}, le) (${rate(`${metric}_bucket`)}))`;

const numbers: readonly Panel[] = [
  { title: 'Requests', unit: 'reqps', lines: [[`sum(${rate('slipway_http_requests_total')})`, '']] },
  {
    title: 'Errors on our side',
    unit: 'percentunit',
    lines: [
      [
        'sum(rate(slipway_http_requests_total{code=~"5.."}[$__rate_interval])) / sum(rate(slipway_http_requests_total[$__rate_interval])) or vector(0)',
        '',
      ],
    ],
  },
  {
    title: 'p99',
    unit: 's',
    lines: [[quantile(0.99, 'slipway_http_request_seconds', '').replace('by (, le)', 'by (le)'), '']],
  },
  {
    title: 'Model versions in memory',
    unit: 'short',
    lines: [['count(max by (model, version) (slipway_models_loaded))', '']],
  },
];

const rows: readonly { readonly title: string; readonly panels: readonly Panel[] }[] = [
  {
    title: 'Requests',
    panels: [
      {
        title: 'Requests by version',
        unit: 'reqps',
        lines: [[`sum by (model, version) (${rate('slipway_http_requests_total')})`, byVersion]],
      },
      {
        title: 'Requests by wire',
        unit: 'reqps',
        lines: [[`sum by (wire) (${rate('slipway_http_requests_total')})`, '{{wire}}']],
      },
      {
        title: 'Latency by version',
        unit: 's',
        lines: [
          [quantile(0.5, 'slipway_http_request_seconds', 'model, version'), `p50 ${byVersion}`],
          [quantile(0.99, 'slipway_http_request_seconds', 'model, version'), `p99 ${byVersion}`],
        ],
      },
      {
        title: 'Errors by code',
        unit: 'reqps',
        lines: [['sum by (code) (rate(slipway_errors_total[$__rate_interval]))', '{{code}}']],
      },
    ],
  },
  {
    title: 'Where the time goes',
    panels: [
      {
        title: 'Mean time of each stage',
        unit: 's',
        description:
          'decode: reading the body; queue: waiting for a place; infer: computing; encode: writing the answer.',
        lines: [
          [
            `sum by (stage) (${rate('slipway_stage_seconds_sum')}) / sum by (stage) (${rate('slipway_stage_seconds_count')})`,
            '{{stage}}',
          ],
        ],
      },
      {
        title: 'Rows in a run',
        unit: 'short',
        lines: [
          [quantile(0.5, 'slipway_run_rows', 'model, version'), `p50 ${byVersion}`],
          [quantile(0.99, 'slipway_run_rows', 'model, version'), `p99 ${byVersion}`],
        ],
      },
      {
        title: 'Queue',
        unit: 'short',
        lines: [
          [`sum by (model, version) (slipway_queue_depth{${chosen}})`, byVersion],
          ['sum(slipway_http_in_flight)', 'in flight'],
        ],
      },
      {
        title: 'Executors',
        unit: 'short',
        lines: [
          [
            `max by (model, version, rows, runtime) (slipway_model_executor{${chosen}})`,
            `${byVersion} {{rows}}: {{runtime}}`,
          ],
        ],
      },
    ],
  },
  {
    title: 'Models and endpoints',
    panels: [
      {
        title: 'Loaded, unloaded, switched, failed',
        unit: 'short',
        lines: ['loads', 'unloads', 'switches', 'load_failures'].map(
          (what) => [`sum(increase(slipway_model_${what}_total[$__rate_interval]))`, what.replace('_', ' ')] as const,
        ),
      },
      {
        title: 'Shares of targets',
        unit: 'percentunit',
        lines: [['max by (endpoint, target) (slipway_endpoint_target_share)', '{{endpoint}} → {{target}}']],
      },
      {
        title: 'Failures of targets',
        unit: 'percentunit',
        lines: [['max by (endpoint, target) (slipway_endpoint_target_error_ratio)', '{{endpoint}} → {{target}}']],
      },
      {
        title: 'Shadows',
        unit: 'rowsps',
        lines: [
          [
            'sum by (endpoint, model, result) (rate(slipway_shadow_rows_total[$__rate_interval]))',
            '{{endpoint}} {{model}} {{result}}',
          ],
        ],
      },
    ],
  },
  {
    title: 'What came true',
    panels: [
      {
        title: 'Accuracy by version, last day',
        unit: 'percentunit',
        lines: [
          [
            `sum by (model, version) (increase(slipway_feedback_correct_total{${chosen}}[1d])) / sum by (model, version) (increase(slipway_feedback_total{${chosen}}[1d]))`,
            byVersion,
          ],
        ],
      },
      {
        title: 'Mean absolute error by version, last day',
        unit: 'short',
        lines: [
          [
            `sum by (model, version) (increase(slipway_feedback_absolute_error_sum{${chosen}}[1d])) / sum by (model, version) (increase(slipway_feedback_absolute_error_count{${chosen}}[1d]))`,
            byVersion,
          ],
        ],
      },
      {
        title: 'Outcomes',
        unit: 'short',
        lines: [
          [`sum by (model, version) (increase(slipway_feedback_total{${chosen}}[$__rate_interval]))`, byVersion],
          ['max(slipway_feedback_pending)', 'pending'],
        ],
      },
      {
        title: 'Request log',
        unit: 'rowsps',
        lines: [['sum by (result) (rate(slipway_request_log_rows_total[$__rate_interval]))', '{{result}}']],
      },
    ],
  },
  {
    title: 'Process',
    panels: [
      {
        title: 'Memory',
        unit: 'bytes',
        lines: [['process_resident_memory_bytes{job=~".*slipway.*"}', '{{instance}} {{worker}}']],
      },
      {
        title: 'Processor',
        unit: 'short',
        lines: [['rate(process_cpu_seconds_total{job=~".*slipway.*"}[$__rate_interval])', '{{instance}} {{worker}}']],
      },
      {
        title: 'Event loop delay, p99',
        unit: 's',
        lines: [['nodejs_eventloop_lag_p99_seconds', '{{instance}} {{worker}}']],
      },
      {
        title: 'Keys refused',
        unit: 'reqps',
        lines: [['sum by (reason) (rate(slipway_key_rejections_total[$__rate_interval]))', '{{reason}}']],
      },
    ],
  },
];

/** `ops/grafana-dashboard.json`, to import into Grafana. */
export function grafanaDashboard(): string {
  const dashboard = new DashboardBuilder('Slipway')
    .uid('slipway')
    .tags(['slipway'])
    .refresh('30s')
    .time({ from: 'now-1h', to: 'now' })
    .timezone('browser')
    .withVariable(new DatasourceVariableBuilder('source').label('Data source').type('prometheus'))
    .withVariable(
      new QueryVariableBuilder('model')
        .label('Model')
        .datasource(SOURCE)
        .query('label_values(slipway_models_loaded, model)')
        .includeAll(true)
        .allValue('.*')
        .multi(true),
    );
  for (const panel of numbers) dashboard.withPanel(filled(new StatBuilder().height(4).span(6), panel));
  for (const { title, panels } of rows) {
    dashboard.withRow(new RowBuilder(title));
    for (const panel of panels) dashboard.withPanel(filled(new TimeseriesBuilder().height(8).span(12).min(0), panel));
  }
  return `${JSON.stringify(dashboard.build(), null, 2)}\n`;
}

/** Every expression of the dashboard with Grafana's own words filled in, as Prometheus takes it. */
export function dashboardExpressions(): string[] {
  const all = [...numbers, ...rows.flatMap(({ panels }) => panels)].flatMap(({ lines }) => lines);
  return all.map(([expression]) => expression.replaceAll('$__rate_interval', '5m').replaceAll('$model', '.*'));
}

function filled<B extends StatBuilder | TimeseriesBuilder>(builder: B, { title, unit, lines, description }: Panel): B {
  builder.title(title).unit(unit).datasource(SOURCE);
  if (description !== undefined) builder.description(description);
  for (const [expression, legend] of lines)
    builder.withTarget(new DataqueryBuilder().expr(expression).legendFormat(legend || '__auto'));
  return builder;
}
