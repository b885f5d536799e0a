import { expect, test } from 'vitest';
import { addProcessMetrics, createLog, Metrics, silentLog } from './index.ts';

const now = () => new Date('2026-01-31T08:00:00.123Z');

function logged(format: 'json' | 'text' | 'off', fields: Record<string, unknown>): string {
  let text = '';
  createLog({ format, now, write: (line) => (text += line) }).warn('model switched', fields);
  return text;
}

test('JSON lines for collectors', () => {
  expect(JSON.parse(logged('json', { model: 'churn:3', ms: 1.5, nothing: undefined }))).toEqual({
    time: '2026-01-31T08:00:00.123Z',
    level: 'warn',
    message: 'model switched',
    model: 'churn:3',
    ms: 1.5,
  });
});

test('text for eyes', () =>
  expect(logged('text', { model: 'churn:3', ms: 1.5 })).toBe('08:00:00.123 ! model switched  model=churn:3  ms=1.5\n'));

test('nothing at all', () => {
  expect(logged('off', {})).toBe('');
  silentLog.error('x');
});

test('errors with their causes', () => {
  const line = logged('json', { error: new Error('outer', { cause: new Error('inner') }) });
  expect((JSON.parse(line) as { error: string }).error).toMatch(/Error: outer[^]*caused by Error: inner/);
});

test('requests are counted by route, model and code', () => {
  const metrics = new Metrics();
  metrics.observe('/predict', 'native', 'churn:3', 200, 0.0002);
  metrics.observe('/predict', 'native', 'churn:3', 200, 0.02);
  metrics.observe('/predict', 'native', 'churn:3', 400, 60);
  metrics.observe('/healthz', 'operations', '', 200, 0.001);
  const text = metrics.render();
  expect(text).toContain(
    'slipway_http_requests_total{route="/predict",wire="native",model="churn",version="3",code="200"} 2\n',
  );
  expect(text).toContain('slipway_http_requests_total{route="/healthz",wire="operations",code="200"} 1\n');
  expect(text).toContain(
    'slipway_http_request_seconds_bucket{route="/predict",wire="native",model="churn",version="3",code="200",le="0.00025"} 1\n',
  );
  expect(text).toContain(
    'slipway_http_request_seconds_bucket{route="/predict",wire="native",model="churn",version="3",code="200",le="0.025"} 2\n',
  );
  expect(text).toContain(
    'slipway_http_request_seconds_bucket{route="/predict",wire="native",model="churn",version="3",code="400",le="30"} 0\n',
  );
  expect(text).toContain(
    'slipway_http_request_seconds_bucket{route="/predict",wire="native",model="churn",version="3",code="400",le="+Inf"} 1\n',
  );
  expect(text).toContain(
    'slipway_http_request_seconds_count{route="/predict",wire="native",model="churn",version="3",code="200"} 2\n',
  );
});

test('every line of the exposition is well formed, and label values are escaped', () => {
  const metrics = new Metrics();
  addProcessMetrics(metrics);
  metrics.gauge('odd', 'Labels.', () => [[{ name: 'a"b\\c\nd' }, 1]]);
  metrics.observe('/x', '', '', 200, 1);
  metrics.render();
  const text = metrics.render();
  expect(text).toContain('odd{name="a\\"b\\\\c\\nd"} 1\n');
  const sample = /^[a-z_][a-z0-9_]*(\{([a-z_]+="(?:[^"\\\n]|\\.)*",?)+\})? (-?[\d.]+(e[+-]?\d+)?|\+Inf|NaN)$/;
  for (const line of text.trimEnd().split('\n')) if (!line.startsWith('# ')) expect(line).toMatch(sample);
  const names = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toEqual(
    expect.arrayContaining([
      'process_resident_memory_bytes',
      'process_cpu_seconds_total',
      'nodejs_eventloop_lag_p99_seconds',
    ]),
  );
});
