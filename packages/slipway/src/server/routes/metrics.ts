import { preferred, text, type Route } from '@slipway/core/protocols';
import { exposition, openMetrics, type Metrics } from '../../telemetry/index.ts';
import type { Member } from '../workers/member.ts';

const PROMETHEUS = 'text/plain';
const OPEN_METRICS = 'application/openmetrics-text';

/** `GET /metrics`, for Prometheus: of all processes that share the port. OpenMetrics for whoever asks for it. */
export function metricsRoutes(metrics: Metrics, member: Member | undefined): Route[] {
  return [
    {
      method: 'GET',
      path: '/metrics',
      access: 'read',
      handle: async (call) => {
        // A primary that does not answer leaves the figures of this process.
        const all = (await member?.collect().catch(() => undefined)) ?? metrics.families();
        return preferred(call.header('accept'), [PROMETHEUS, OPEN_METRICS]) === OPEN_METRICS
          ? text(openMetrics(all), `${OPEN_METRICS}; version=1.0.0; charset=utf-8`)
          : text(exposition(all), `${PROMETHEUS}; version=0.0.4; charset=utf-8`);
      },
    },
  ];
}
