import { hash } from 'node:crypto';
import { TargetHealth } from './target-health.ts';

/** Where an endpoint leads, as the source of models tells it. */
export interface EndpointRule {
  readonly name: string;
  readonly revision: number;
  readonly targets: readonly { readonly ref: string; readonly weight: number; readonly paused?: string | undefined }[];
  readonly shadows: readonly string[];
  readonly sticky?: { readonly header: string } | { readonly column: string } | undefined;
  readonly rollback?:
    | {
        readonly error_rate?: number | undefined;
        readonly latency_p99_ms?: number | undefined;
        readonly min_requests: number;
        readonly window_s: number;
      }
    | undefined;
}

/** A target that gets requests, and how it does. */
export interface RoutedTarget {
  readonly ref: string;
  readonly health: TargetHealth;
}

const DEFAULT_WINDOW_S = 60;

/** Decides which target a request goes to. Made anew when the rule changes; what is known of a target's health stays. */
export class EndpointRoute {
  readonly rule: EndpointRule;
  readonly targets: readonly RoutedTarget[];
  /** Ends of the shares of the targets, from 0 to 1. */
  readonly #ends: readonly number[];
  readonly #random: () => number;

  /** `broken` are references that could not be loaded. */
  constructor(
    rule: EndpointRule,
    broken: ReadonlySet<string> = new Set(),
    before?: EndpointRoute,
    random: () => number = Math.random,
  ) {
    this.rule = rule;
    this.#random = random;
    const active = rule.targets.filter(
      ({ ref, weight, paused }) => weight > 0 && paused === undefined && !broken.has(ref),
    );
    const windowSeconds = rule.rollback?.window_s ?? DEFAULT_WINDOW_S;
    this.targets = active.map(({ ref }) => {
      const known = before?.targets.find((target) => target.ref === ref);
      return known?.health.windowSeconds === windowSeconds ? known : { ref, health: new TargetHealth(windowSeconds) };
    });
    const total = active.reduce((sum, { weight }) => sum + weight, 0);
    let end = 0;
    this.#ends = active.map(({ weight }) => (end += weight / total));
  }

  /** The target for a caller: the same for the same key, by chance without one; undefined when none can answer. */
  choose(key?: string): RoutedTarget | undefined {
    const place = key === undefined ? this.#random() : placeOf(`${this.rule.name}\n${key}`);
    const at = this.#ends.findIndex((end) => place < end);
    return this.targets[at < 0 ? this.targets.length - 1 : at];
  }

  /** A target that is not the stable one and should get no more requests; undefined while all is well. */
  unhealthy(nowMs: number): { readonly ref: string; readonly why: string } | undefined {
    const { rollback, targets } = this.rule;
    if (!rollback) return undefined;
    for (const { ref, health } of this.targets) {
      if (ref === targets[0]?.ref) continue;
      const { requests, errorRate, p99Ms } = health.summary(nowMs);
      if (requests < rollback.min_requests) continue;
      const { error_rate: rate = Infinity, latency_p99_ms: latency = Infinity } = rollback;
      if (errorRate > rate)
        return { ref, why: `error rate ${percent(errorRate)} of ${requests} requests is over ${percent(rate)}` };
      if (p99Ms > latency) return { ref, why: `p99 of ${p99Ms.toFixed(1)} ms is over ${latency} ms` };
    }
    return undefined;
  }
}

/** Evenly from 0 to 1, the same on every machine and after every restart. */
function placeOf(key: string): number {
  return parseInt(hash('sha256', key, 'hex').slice(0, 12), 16) / 2 ** 48;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
