import { fail } from '@slipway/core/errors';
import { checkModelName, parseReference } from './reference.ts';

/** A version that an endpoint sends requests to. */
export interface EndpointTarget {
  /** `churn:3`, `churn@champion`. */
  readonly ref: string;
  /** Its share of the requests among all that are not paused; any scale. */
  readonly weight: number;
  /** Why it gets none: by a person, or because a limit was passed. */
  readonly paused?: string | undefined;
}

/** What the same caller sees again: always the same version, by the value of a header or a column. */
export type Sticky = { readonly header: string } | { readonly column: string };

/** When a target is paused by itself. Over the last `window_s` seconds, once it has answered `min_requests`. */
export interface RollbackRule {
  /** Share of requests that failed on our side, 0 to 1. */
  readonly error_rate?: number | undefined;
  /** 99th percentile of the time to infer, in milliseconds. */
  readonly latency_p99_ms?: number | undefined;
  readonly min_requests: number;
  readonly window_s: number;
}

/** A name that clients ask, and where it leads. */
export interface EndpointSpec {
  /** The first is the stable one: what is left when all others are paused. */
  readonly targets: readonly EndpointTarget[];
  /** References that get copies; their answers are compared and counted, never returned. */
  readonly shadows: readonly string[];
  readonly sticky?: Sticky | undefined;
  readonly rollback?: RollbackRule | undefined;
}

export interface Endpoint extends EndpointSpec {
  readonly name: string;
  /** Grows with each change. */
  readonly revision: number;
  /** ISO 8601, UTC. */
  readonly updatedAt: string;
}

const MOST_TARGETS = 16;

/** Refuses what no endpoint can be, naming the field. */
export function checkSpec(name: string, spec: EndpointSpec): EndpointSpec {
  checkModelName(name);
  const wrong = (field: string, expected: string, received: unknown) =>
    fail('INVALID_REQUEST', { problem: `${field}: expected ${expected}, received ${JSON.stringify(received)}.` });
  const { targets, shadows, sticky, rollback } = spec;
  if (targets.length === 0 || targets.length > MOST_TARGETS)
    throw wrong('targets', `1 to ${MOST_TARGETS} targets`, targets.length);
  targets.forEach(({ ref, weight }, i) => {
    if (!parseReference(ref)) throw wrong(`targets[${i}].ref`, 'a version such as churn:3 or churn@champion', ref);
    if (!(weight >= 0 && weight <= 1e9)) throw wrong(`targets[${i}].weight`, 'a number from 0 on', weight);
  });
  if (new Set(targets.map(({ ref }) => ref)).size < targets.length)
    throw wrong(
      'targets',
      'each version once',
      targets.map(({ ref }) => ref),
    );
  if (!targets.some(({ weight, paused: why }) => weight > 0 && why === undefined))
    throw wrong('targets', 'at least one with a weight that is not paused', targets);
  if (shadows.length > MOST_TARGETS) throw wrong('shadows', `at most ${MOST_TARGETS}`, shadows.length);
  shadows.forEach((ref, i) => {
    if (!parseReference(ref)) throw wrong(`shadows[${i}]`, 'a version such as churn:3 or churn@champion', ref);
  });
  if (sticky && 'header' in sticky && !/^[\w-]{1,100}$/.test(sticky.header))
    throw wrong('sticky.header', 'the name of a header', sticky.header);
  if (rollback) {
    const { error_rate: rate, latency_p99_ms: p99 } = rollback;
    if (rate === undefined && p99 === undefined) throw wrong('rollback', 'error_rate or latency_p99_ms', rollback);
    if (rate !== undefined && !(rate > 0 && rate <= 1)) throw wrong('rollback.error_rate', 'a share from 0 to 1', rate);
    if (p99 !== undefined && !(p99 > 0)) throw wrong('rollback.latency_p99_ms', 'milliseconds', p99);
    if (!(Number.isSafeInteger(rollback.min_requests) && rollback.min_requests >= 1))
      throw wrong('rollback.min_requests', 'a whole number from 1 on', rollback.min_requests);
    if (!(rollback.window_s >= 1 && rollback.window_s <= 3600))
      throw wrong('rollback.window_s', 'seconds from 1 to 3600', rollback.window_s);
  }
  return spec;
}

/** All traffic to one version; it becomes the stable one. Shadows that are this version end. */
export function promoted(spec: EndpointSpec, ref: string): EndpointSpec {
  return { ...spec, targets: [{ ref, weight: 100 }], shadows: spec.shadows.filter((shadow) => shadow !== ref) };
}

/** No requests for a target from now on; its weight is kept. The last one that answers cannot be paused. */
export function paused(spec: EndpointSpec, ref: string, why: string | undefined): EndpointSpec {
  const targets = spec.targets.map((target) => (target.ref === ref ? { ...target, paused: why } : target));
  if (!targets.some((target) => target.ref === ref)) throw fail('MODEL_NOT_FOUND', { ref });
  if (!targets.some(({ weight, paused: reason }) => weight > 0 && reason === undefined))
    throw fail('CONFLICT', { problem: `${ref} is the only target that answers; promote another one first.` });
  return { ...spec, targets };
}
