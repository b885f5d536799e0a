import { monitorEventLoopDelay, performance, type EventLoopUtilization } from 'node:perf_hooks';
import type { Metrics } from './metrics.ts';

/** One value for each process. */
const each = { merge: 'each' } as const;

/** Adds what every Prometheus dashboard expects of a process: memory, CPU, start, event loop. */
export function addProcessMetrics(metrics: Metrics): void {
  const startSeconds = Date.now() / 1000 - process.uptime();
  metrics.gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss(), each);
  metrics.gauge('process_cpu_seconds_total', 'Processor time, user and system.', cpuSeconds, {
    type: 'counter',
    merge: 'each',
  });
  metrics.gauge('process_start_time_seconds', 'Start of the process since the epoch.', () => startSeconds, each);
  metrics.gauge(
    'nodejs_heap_size_used_bytes',
    'Memory of JavaScript objects.',
    () => process.memoryUsage().heapUsed,
    each,
  );
  metrics.gauge(
    'nodejs_external_memory_bytes',
    'Memory of typed arrays and buffers.',
    () => process.memoryUsage().external,
    each,
  );

  // Measuring the delay costs a timer: it starts with the first scrape, which then reads 0.
  let delay: ReturnType<typeof monitorEventLoopDelay> | undefined;
  metrics.gauge(
    'nodejs_eventloop_lag_p99_seconds',
    'How late timers were since the last scrape, 99th percentile.',
    () => {
      if (!delay) {
        delay = monitorEventLoopDelay({ resolution: 20 });
        delay.enable();
        return 0;
      }
      const seconds = delay.count > 0 ? Math.max(0, delay.percentile(99) / 1e9 - 0.02) : 0;
      delay.reset();
      return seconds;
    },
    each,
  );
  let before: EventLoopUtilization = performance.eventLoopUtilization();
  metrics.gauge(
    'nodejs_eventloop_utilization',
    'Share of time since the last scrape that the event loop was busy, 0 to 1.',
    () => {
      const { utilization } = performance.eventLoopUtilization(before);
      before = performance.eventLoopUtilization();
      return Number.isFinite(utilization) ? utilization : 0;
    },
    each,
  );
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
