import type { Limit } from '../../signature/limits.ts';
import { value, type Demand, type Op, type Row, type Value } from '../value.ts';

/** Where a function of x is no number, and what the library does about it. */
export interface Domain {
  /** Refused at once. */
  readonly always?: readonly Limit[];
  /** Makes NaN, which is refused where a later step takes none. */
  readonly missing?: readonly Limit[];
  /** Makes infinity, which is refused where a later step takes none. */
  readonly infinite?: readonly Limit[];
}

const domainOp: Op<readonly Domain[]> = {
  id: 'domain',
  evaluate: (_domains, [x]) => x as Row,
  emit: (_graph, _domains, [x]) => x as string,
  demand: (domains, demands) => [demands.map((own, at) => asked(own, domains[domains.length === 1 ? 0 : at] ?? {}))],
};

function asked(own: Demand, { always = [], missing = [], infinite = [] }: Domain): Demand {
  const limits = [...(own.limits ?? []), ...always, ...(own.present ? missing : []), ...(own.finite ? infinite : [])];
  return limits.length ? { ...own, limits } : own;
}

/** x before a function that is not defined everywhere: what a later step refuses of its result is asked of x. */
export function within(x: Value, ...domains: readonly Domain[]): Value {
  return value(domainOp, domains, [x], x.dtype, x.width);
}

const alongsideOp: Op<null> = {
  id: 'alongside',
  evaluate: (_params, [x]) => x as Row,
  emit: (_graph, _params, [x]) => x as string,
  demand: (_params, demands, { inputs }) =>
    inputs.map((operand, i) => (i === 0 ? demands : Array.from({ length: operand.width }, () => ({})))),
};

/** x itself: what the library asks of other columns is asked, although they leave no trace in the result. */
export function alongside(x: Value, others: readonly Value[]): Value {
  return others.length ? value(alongsideOp, null, [x, ...others], x.dtype, x.width) : x;
}
