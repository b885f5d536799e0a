import { checkKey, checkLength, invalid, invalidValue, missingValue, truncated } from '../mlflow-api/index.ts';

export const metricMessage = {
  key: 'string',
  value: 'double',
  timestamp: 'int64',
  step: 'int64',
  model_id: 'string',
  dataset_name: 'string',
  dataset_digest: 'string',
  run_id: 'string',
} as const;

export const pairMessage = { key: 'string', value: 'string' } as const;

/** A metric as it is stored: NaN and infinities have their own form. */
export interface Metric {
  readonly key: string;
  readonly value: number;
  readonly isNan: 0 | 1;
  readonly timestamp: number;
  readonly step: number;
  readonly modelId: string | undefined;
  readonly datasetName: string | undefined;
  readonly datasetDigest: string | undefined;
}

/** A parameter or tag. */
export interface Pair {
  readonly key: string;
  readonly value: string;
}

const MOST_KEY = 250;
const MOST_PARAM = 6000;
const MOST_TAG = 8000;

interface GivenMetric {
  readonly key?: string | undefined;
  readonly value?: number | undefined;
  readonly timestamp?: number | undefined;
  readonly step?: number | undefined;
  readonly model_id?: string | undefined;
  readonly dataset_name?: string | undefined;
  readonly dataset_digest?: string | undefined;
}

/** Checks a metric; `path` is where it stood: `metrics[3]`, or nothing. */
export function readMetric(given: GivenMetric, path: string): Metric {
  const { key = '', value = 0, timestamp = 0, step = 0 } = given;
  checkKey(key, joined(path, 'name'));
  if (timestamp < 0) {
    const why = `metric '${key}' (value=${pythonFloat(value)}). Timestamp must be a nonnegative long (64-bit integer) `;
    throw invalid(invalidValue(joined(path, 'timestamp'), timestamp, why));
  }
  checkLength('Metric name', MOST_KEY, key);
  const isNan = Number.isNaN(value);
  return {
    key,
    value: isNan ? 0 : value === Infinity ? Number.MAX_VALUE : value === -Infinity ? -Number.MAX_VALUE : value,
    isNan: isNan ? 1 : 0,
    timestamp,
    step,
    modelId: given.model_id || undefined,
    datasetName: given.dataset_name || undefined,
    datasetDigest: given.dataset_digest || undefined,
  };
}

interface GivenPair {
  readonly key?: string | undefined;
  readonly value?: string | undefined;
}

export function readParam({ key = '', value = '' }: GivenPair, path = ''): Pair {
  checkKey(key, joined(path, 'key'));
  checkLength('Param key', MOST_KEY, key);
  return { key, value: truncated(value, MOST_PARAM) };
}

export function readTag({ key = '', value = '' }: GivenPair, path = ''): Pair {
  checkKey(key, joined(path, 'key'));
  checkLength(joined(path, 'key'), MOST_KEY, key);
  return { key, value: truncated(value, MOST_TAG) };
}

/** A stored value as JSON shows it: protobuf writes what JSON has no numbers for as strings. */
export function shownValue(value: number, isNan: boolean): number | string {
  return isNan ? 'NaN' : value;
}

/** Refuses lists with items that lack a field. */
export function fieldsPresent(list: string, ...fields: readonly string[]) {
  return (items: unknown): string | undefined => {
    if (!Array.isArray(items)) return undefined;
    for (const [i, item] of (items as readonly unknown[]).entries()) {
      for (const field of fields) {
        const value: unknown = isObject(item) && Object.hasOwn(item, field) ? item[field] : undefined;
        if ((value ?? '') === '') return missingValue(`${list}[${i}].${field}`);
      }
    }
    return undefined;
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function joined(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function pythonFloat(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e16 ? `${value}.0` : String(value);
}
