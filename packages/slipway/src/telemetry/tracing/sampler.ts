import type { TraceParent } from './context.ts';

/** Whether a request is traced. */
export type Sampler = (parent: TraceParent | undefined, traceId: string) => boolean;

const always: Sampler = () => true;
const never: Sampler = () => false;

/** The samplers that OTEL_TRACES_SAMPLER names, by name; undefined for an unknown one. `ratio` is OTEL_TRACES_SAMPLER_ARG. */
export function samplerNamed(name: string, ratio: number): Sampler | undefined {
  const root = { always_on: always, always_off: never, traceidratio: byRatio(ratio) };
  if (Object.hasOwn(root, name)) return root[name as keyof typeof root];
  const inner = name.startsWith('parentbased_') ? name.slice('parentbased_'.length) : '';
  if (!Object.hasOwn(root, inner)) return undefined;
  const withoutParent = root[inner as keyof typeof root];
  return (parent, traceId) => parent?.isSampled ?? withoutParent(parent, traceId);
}

export const samplerNames = ['always_on', 'always_off', 'traceidratio'].flatMap((name) => [
  name,
  `parentbased_${name}`,
]);

/** The same decision for the same trace on every server: by the last seven bytes of its id, which are random. */
function byRatio(ratio: number): Sampler {
  return (_parent, traceId) => parseInt(traceId.slice(18), 16) / 2 ** 56 < ratio;
}
