import { text, type Route } from '@slipway/core/protocols';
import type { ModelPlane } from '../../engine/index.ts';
import type { Metrics } from '../../telemetry/index.ts';

/** `GET /metrics`, for Prometheus. */
export function metricsRoutes(metrics: Metrics, plane: ModelPlane): Route[] {
  metrics.gauge('slipway_models_loaded', 'Model versions in memory.', () =>
    plane.loaded().map(({ label, digest }) => [{ model: label, digest }, 1]),
  );
  return [
    {
      method: 'GET',
      path: '/metrics',
      handle: () => text(metrics.render(), 'text/plain; version=0.0.4; charset=utf-8'),
    },
  ];
}
