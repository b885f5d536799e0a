import { topological, type InputParams, type Model, type Value } from './value.ts';

/** What fitted state gives away about a column of the training data. */
export interface Seen {
  mean?: number;
  standardDeviation?: number;
  /** What an imputer puts where a value is missing: mean, median or most frequent value. */
  fill?: number | string;
  /** Thresholds of trees on the column, ascending. */
  thresholds?: Float64Array;
}

/** A position of a value that is a column as it came. */
type Origin = Value<InputParams> | undefined;

/** Follows each column through what leaves it as it is, to the first operation that knows something about it. */
export function seenColumns(model: Model): Map<number, Seen> {
  const found = new Map<number, Seen>();
  const origins = new Map<Value, readonly Origin[]>();
  const centred = new Map<Value, readonly Origin[]>();
  const note = (origin: Origin, more: Seen): void => {
    if (origin) found.set(origin.params.position, { ...more, ...found.get(origin.params.position) });
  };
  for (const value of topological(model.outputs.map((output) => output.value))) {
    const [first, second] = value.inputs;
    const from = first ? (origins.get(first) ?? []) : [];
    switch (value.op.id) {
      case 'input':
        origins.set(value, [value as Value<InputParams>]);
        break;
      case 'require':
      case 'cast':
        origins.set(value, from);
        break;
      case 'select':
        origins.set(
          value,
          (value.params as readonly number[]).map((at) => from[at]),
        );
        break;
      case 'concat':
        origins.set(
          value,
          value.inputs.flatMap((part) => origins.get(part) ?? Array.from({ length: part.width }, () => undefined)),
        );
        break;
      case 'impute': {
        const { fill } = value.params as { fill: Float64Array };
        from.forEach((origin, at) => note(origin, { fill: fill[at] as number }));
        origins.set(value, from);
        break;
      }
      case 'fillText': {
        const { fill } = value.params as { fill: readonly string[] };
        from.forEach((origin, at) => note(origin, { fill: fill[at] as string }));
        origins.set(value, from);
        break;
      }
      case 'subtract': {
        const numbers = constantOf(second);
        if (numbers)
          from.forEach((origin, at) => note(origin, { mean: numbers[numbers.length === 1 ? 0 : at] as number }));
        centred.set(value, from);
        break;
      }
      case 'divide': {
        const numbers = constantOf(second);
        const centre = (first && centred.get(first)) ?? [];
        if (numbers)
          centre.forEach((origin, at) =>
            note(origin, { standardDeviation: numbers[numbers.length === 1 ? 0 : at] as number }),
          );
        break;
      }
      case 'forest':
        noteThresholds(value, from, note);
        break;
      default:
    }
  }
  return found;
}

function constantOf(value: Value | undefined): Float64Array | undefined {
  return value?.op.id === 'constant' ? (value.params as Float64Array) : undefined;
}

function noteThresholds(value: Value, from: readonly Origin[], note: (origin: Origin, more: Seen) => void): void {
  const { feature, threshold } = (value.params as { trees: { feature: Int32Array; threshold: Float64Array } }).trees;
  const counts = new Int32Array(from.length);
  for (const split of feature) if (split >= 0) counts[split]! += 1;
  const limits = from.map((origin, split) => new Float64Array(origin ? (counts[split] as number) : 0));
  counts.fill(0);
  for (let node = 0; node < feature.length; node++) {
    const split = feature[node] as number;
    if (split >= 0 && from[split]) (limits[split] as Float64Array)[counts[split]!++] = threshold[node] as number;
  }
  limits.forEach((list, split) => {
    if (list.length) note(from[split], { thresholds: list.sort() });
  });
}
